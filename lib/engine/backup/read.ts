import { FiberkeepError } from '#errors';
import { chunkObject } from '../chunks/chunk.ts';
import { fetchChunks } from '../chunks/fetch-ahead.ts';
import { decodeFileEntries, type FileEntry } from '../files/file-list.ts';
import type { ChunkRef, Manifest, ManifestTable } from '../ports.ts';
import { decodeRopePiece } from '../rope/rope.ts';
import { RopeDigest } from '../rope/rope-digest.ts';
import { type LocatedRange, locatedRanges, ropePieces, ropeSegments } from '../rope/rope-reader.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import { decodeManifest, openManifest } from './manifest.ts';

const PIECE_BYTES = 512 * 1024;

/**
 * Reads and opens the manifest `objectName`. Throws MANIFEST_CORRUPT (also where the object is gone or
 * belongs to another backup), WRONG_KEY or FORMAT_NEWER.
 */
export async function readManifest(
  store: Pick<ObjectStore, 'get'>,
  keys: ServerKeys,
  objectName: string,
): Promise<Manifest> {
  const backupId = /^manifests\/([0-9a-f-]{36})\./.exec(objectName)?.[1];
  if (!backupId) throw new RangeError(`Not a manifest's name: ${objectName}`);
  const bytes = await store.get(objectName).catch((cause) => {
    if (!(cause instanceof FiberkeepError) || cause.code !== 'CHUNK_MISSING') throw cause;
    throw new FiberkeepError('MANIFEST_CORRUPT', {
      reason: 'manifestGone',
      params: { object: objectName },
      cause,
    });
  });
  const manifest = decodeManifest(await openManifest(keys, backupId, bytes));
  if (manifest.metadata.backupId === backupId) return manifest;
  throw new FiberkeepError('MANIFEST_CORRUPT', {
    reason: 'manifestOfOtherBackup',
    params: { object: objectName },
  });
}

/**
 * The table's COPY text in pieces of whole rows of about 512 KiB. Throws CHUNK_MISSING, CHUNK_CORRUPT (also
 * at the end, where the rope has another digest than the manifest says) or WRONG_KEY. The caller compares rows, bytes
 * and, where the manifest has it, the SHA-256.
 */
export async function* readTable(
  store: ObjectStore,
  keys: ServerKeys,
  table: ManifestTable,
): AsyncGenerator<Buffer, void> {
  let gathered: Buffer[] = [];
  let bytes = 0;
  for await (const segment of ropeSegments(store, keys, checkedRanges(store, keys, table))) {
    gathered.push(segment.chunk.subarray(segment.start, segment.start + segment.bytes));
    bytes += segment.bytes;
    if (bytes < PIECE_BYTES) continue;
    yield joined(gathered, bytes);
    gathered = [];
    bytes = 0;
  }
  if (bytes > 0) yield joined(gathered, bytes);
}

async function* checkedRanges(
  store: ObjectStore,
  keys: ServerKeys,
  table: ManifestTable,
): AsyncGenerator<LocatedRange[], void> {
  const digest = new RopeDigest();
  for await (const piece of ropePieces(store, keys, table.rope)) {
    digest.add(piece.chunks, piece.ranges);
    yield locatedRanges(piece);
  }
  if (digest.digest() === table.digest) return;
  throw new FiberkeepError('CHUNK_CORRUPT', {
    reason: 'ropeUnlikeManifest',
    params: { table: table.name },
  });
}

/** The files of a backup in order of their SHA-256; nothing for a backup without files. */
export async function* readFileList(
  store: ObjectStore,
  keys: ServerKeys,
  manifest: Manifest,
): AsyncGenerator<FileEntry, void> {
  for await (const plain of fetchChunks(store, keys, manifest.files.list))
    yield* decodeFileEntries(plain);
}

/** Throws FILE_MISSING for a file that was missing when the backup was made. The caller checks the digest. */
export async function* readFile(
  store: ObjectStore,
  keys: ServerKeys,
  entry: FileEntry,
): AsyncGenerator<Buffer, void> {
  if (isMissing(entry))
    throw new FiberkeepError('FILE_MISSING', {
      reason: 'fileNotInBackup',
      params: { sha256: entry.sha256 },
    });
  yield* fetchChunks(store, keys, entry.chunks);
}

/** A post named the file, but its bytes were gone when the backup was made. */
export function isMissing(entry: FileEntry): boolean {
  return entry.bytes > 0 && entry.chunks.length === 0;
}

/**
 * Every chunk that the backup needs, ropes and lists included; some more than once. A caller that walks many
 * backups passes `seen` (object names), so that ropes and lists that they share are walked once. A walk that breaks
 * off has added only those of which the caller has had every chunk.
 */
export async function* manifestChunks(
  store: ObjectStore,
  keys: ServerKeys,
  manifest: Manifest,
  seen: Set<string> = new Set(),
): AsyncGenerator<ChunkRef, void> {
  async function* walk(all: readonly ChunkRef[], chunksIn: (piece: Buffer) => readonly ChunkRef[]) {
    const refs = all.filter((ref) => !seen.has(chunkObject(ref)));
    const walked = refs.values();
    for await (const piece of fetchChunks(store, keys, refs)) {
      const ref = walked.next().value as ChunkRef;
      yield ref;
      yield* chunksIn(piece);
      seen.add(chunkObject(ref));
    }
  }
  const ropes = manifest.tables.flatMap(({ rope }) => rope);
  yield* walk(ropes, (piece) => decodeRopePiece(piece).chunks);
  yield* walk(manifest.files.list, (piece) =>
    decodeFileEntries(piece).flatMap(({ chunks }) => chunks),
  );
}

function joined(pieces: Buffer[], bytes: number): Buffer {
  const [only] = pieces;
  return only && pieces.length === 1 ? only : Buffer.concat(pieces, bytes);
}
