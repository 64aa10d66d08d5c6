import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { type CheckedArchive, checkArchive } from '#engine/archive/read/check-archive.ts';
import type { ArchiveSource } from '#engine/archive/read/source.ts';
import { makeHead } from '#engine/archive/write/head.ts';
import {
  type ArchiveLayout,
  type LayoutRequest,
  openLayout,
} from '#engine/archive/write/layout.ts';
import { headName, openHeadWriter, openStoredHead } from '#engine/archive/write/stored-head.ts';
import type { CreatedBackup } from '#engine/backup/create.ts';
import type { Manifest } from '#engine/ports.ts';
import type { ServerKeys } from '#engine/sealing/keys.ts';
import { openFileStore } from '#plant/file-store.ts';
import { openChunkIndex } from '#vault/chunk-index.ts';
import type { BackupLab } from './backups.ts';

const signal = new AbortController().signal;
let token = 1n;

/** Adds files of these contents to the lab's plant. Answers their store, for a backup to read. */
export async function addFiles(lab: BackupLab, contents: readonly Buffer[]) {
  const files = await openFileStore(path.join(lab.folder, 'files'));
  for (const bytes of contents) {
    await files.write(sha256(bytes), inPieces(bytes, 100_000));
    await lab.sql('INSERT INTO plant.stored_file (sha256, bytes) VALUES ($1, $2)', [
      sha256(bytes),
      bytes.length,
    ]);
  }
  return files;
}

/** Makes the head, stores it in the lab's store, and lays the archive out. */
export async function layOut(
  lab: BackupLab,
  backup: Pick<CreatedBackup, 'manifest'>,
  options: Partial<Pick<LayoutRequest, 'digested' | 'sums' | 'noteSum'>> = {},
): Promise<ArchiveLayout> {
  const { store, keys } = lab;
  const { manifest } = backup;
  const name = headName(manifest.metadata.backupId, token++);
  const writer = openHeadWriter(store, keys, name);
  const sink = (piece: Buffer) => writer.write(piece);
  const made = await makeHead({ store, keys, manifest, sink, report: () => {}, signal });
  await writer.finish();
  const head = openStoredHead(store, keys, { name, ...made });
  return openLayout({ manifest, head, keys, store, digested: false, ...options });
}

export async function readAll(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Copies each piece, because its memory is used again. */
export async function readLayout(
  layout: ArchiveLayout,
  ...range: Parameters<ArchiveLayout['read']>
): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const pieces of layout.read(...range))
    for (const piece of pieces) all.push(Buffer.from(piece));
  return Buffer.concat(all);
}

export async function archiveOf(
  lab: BackupLab,
  backup: Pick<CreatedBackup, 'manifest'>,
): Promise<Buffer> {
  return readLayout(await layOut(lab, backup));
}

/** A copy with one bit flipped. */
export function withByteChanged(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** Bytes in memory as an archive from outside. */
export function sourceOf(bytes: Buffer, pieceBytes = 1_000_000): ArchiveSource {
  return { bytes: bytes.length, read: (start) => inPieces(bytes.subarray(start), pieceBytes) };
}

/** Checks an archive as the job of an upload does, in a new RUNNING job. */
export async function check(
  lab: BackupLab,
  source: ArchiveSource,
  options: { previous?: Manifest | null; keys?: ServerKeys; announcedBytes?: number } = {},
): Promise<CheckedArchive> {
  const jobId = await lab.startJob('TEST_BACKUP');
  return checkArchive({
    source,
    keys: lab.keys,
    store: lab.store,
    index: openChunkIndex(lab.pool, jobId),
    announcedBytes: null,
    structure: [],
    previous: null,
    fencingToken: token++,
    report: () => {},
    signal,
    ...options,
  });
}

export async function* inPieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Bytes that do not compress, like photos. */
export function noise(bytes: number): Buffer {
  return randomBytes(bytes);
}
