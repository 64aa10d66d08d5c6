import type { ListedFile } from '#engine/files/file-list.ts';
import type { Report, StructureVersion } from '#engine/ports.ts';
import type { RowPiece } from '#engine/postgres/copy-out.ts';
import { commonMigrations } from '#engine/restore/structure.ts';
import type { ServerKeys } from '#engine/sealing/keys.ts';
import { openSegments, PAYLOAD_NONCE_BYTES, payloadKey } from '../container/age/stream.ts';
import {
  type ArchiveManifest,
  type ArchiveTable,
  FILE_LIST_ENTRY,
  fileEntry,
} from '../container/archive-manifest.ts';
import { BufferedReader } from '../container/buffered-reader.ts';
import { readMembers } from '../container/gzip.ts';
import { altered, differs, larger } from '../container/refusals.ts';
import { readAnnouncedFiles } from './announced-files.ts';
import { Entries } from './entries.ts';
import { requireLength, type UnlockedHeader, unlockHeader } from './open-header.ts';
import { inRows } from './rows.ts';
import type { ArchiveSource } from './source.ts';

export interface ReadRequest {
  readonly source: ArchiveSource;
  readonly keys: ServerKeys;
  /** The size that was announced before the bytes came; null where nobody announced one. */
  readonly announcedBytes: number | null;
  /** This server's migrations; null where the structure does not matter. */
  readonly structure: StructureVersion | null;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/**
 * Takes the contents in order. Every byte is authenticated. Digests are compared after the last piece of a table
 * or file, so nothing counts before `readArchive` returns.
 */
export interface ArchiveVisitor {
  begin(manifest: ArchiveManifest): Promise<void>;
  /** Must read all the rows. */
  table(table: ArchiveTable, rows: AsyncIterable<RowPiece>): Promise<void>;
  /** Must read all the content; null where the backup does not hold the file. */
  file(file: ListedFile, content: AsyncIterable<Buffer> | null): Promise<void>;
}

/**
 * Reads an archive of this server to its last byte, in bounded memory, and compares every digest. Throws
 * NOT_AN_ARCHIVE, ARCHIVE_TRUNCATED, ARCHIVE_ALTERED, MADE_BY_OTHER_SERVER, KEY_UNKNOWN, FORMAT_NEWER,
 * STRUCTURE_NEWER, STRUCTURE_DIFFERENT, CONTENTS_DIFFER, LARGER_THAN_ANNOUNCED, what the visitor throws, or
 * the signal's reason.
 */
export async function readArchive(
  request: ReadRequest,
  visitor: ArchiveVisitor,
): Promise<ArchiveManifest> {
  const { source, keys, announcedBytes } = request;
  if (announcedBytes !== null && source.bytes > announcedBytes)
    throw larger('moreBytesThanAnnounced', {
      found: source.bytes,
      announced: announcedBytes,
    });
  const header = await unlockHeader(source, keys);
  requireLength(source, header);
  await using plain = new BufferedReader(inflated(segments(request, header)));
  const entries = new Entries(plain);
  const manifest = await entries.manifest(header.manifestDigest);
  requireOrigin(manifest, header, request);
  await visitor.begin(manifest);
  await visitContents(entries, manifest, visitor);
  await entries.end();
  return manifest;
}

/** Reads and checks all of an archive, and keeps nothing. Throws what `readArchive` throws. */
export async function testArchive(request: ReadRequest): Promise<ArchiveManifest> {
  return readArchive(request, {
    begin: async () => {},
    table: (_table, rows) => drain(rows),
    file: async (_file, content) => (content ? drain(content) : undefined),
  });
}

/** Checks header and manifest, and reads no further. Throws what `readArchive` throws. */
export async function readArchiveManifest(
  source: ArchiveSource,
  keys: ServerKeys,
): Promise<ArchiveManifest> {
  const header = await unlockHeader(source, keys);
  const request = { source, report: () => {}, signal: new AbortController().signal };
  await using plain = new BufferedReader(inflated(segments(request, header)));
  return await new Entries(plain).manifest(header.manifestDigest);
}

/** The payload, every segment authenticated. */
async function* segments(
  { source, report, signal }: Pick<ReadRequest, 'source' | 'report' | 'signal'>,
  header: UnlockedHeader,
): AsyncGenerator<Buffer, void> {
  await using reader = new BufferedReader(source.read(header.payloadAt));
  const nonce = await reader.read(PAYLOAD_NONCE_BYTES);
  if (nonce.length < PAYLOAD_NONCE_BYTES) throw altered('payloadMalformed');
  for await (const plain of openSegments(payloadKey(header.fileKey, nonce), reader)) {
    signal.throwIfAborted();
    yield plain;
    report('checking', header.payloadAt + reader.position, source.bytes, 'bytes');
  }
}

async function* inflated(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  await using reader = new BufferedReader(source);
  yield* readMembers(reader);
}

async function visitContents(
  entries: Entries,
  manifest: ArchiveManifest,
  visitor: ArchiveVisitor,
): Promise<void> {
  const { bytes, sha256 } = manifest.files.list;
  const list = entries.entry(FILE_LIST_ENTRY, bytes, sha256);
  const files = await readAnnouncedFiles(list, manifest);
  for (const table of manifest.tables) {
    const text = entries.entry(table.entry, table.bytes, table.sha256);
    await visitor.table(table, counted(table, inRows(text)));
  }
  for (let i = 0; i < files.count; i++) {
    const file = files.at(i);
    const { sha256, bytes, missing } = file;
    const content = missing ? null : entries.entry(fileEntry(sha256), bytes, sha256);
    await visitor.file(file, content);
  }
}

async function* counted(
  table: ArchiveTable,
  pieces: AsyncIterable<RowPiece>,
): AsyncGenerator<RowPiece, void> {
  let rows = 0;
  for await (const piece of pieces) {
    rows += piece.ends.length;
    yield piece;
  }
  if (rows !== table.rows)
    throw differs('rowCountDiffers', {
      entry: table.entry,
      found: rows,
      announced: table.rows,
    });
}

/** Throws where the stanza names another backup, or this server cannot take the structure. */
function requireOrigin(
  { metadata, structure }: ArchiveManifest,
  header: UnlockedHeader,
  request: ReadRequest,
): void {
  if (metadata.backupId !== header.backupId || metadata.serverId !== header.serverId)
    throw differs('archiveManifestOfOtherBackup');
  if (request.structure) commonMigrations(structure, request.structure);
}

async function drain(source: AsyncIterable<unknown>): Promise<void> {
  for await (const _piece of source);
}
