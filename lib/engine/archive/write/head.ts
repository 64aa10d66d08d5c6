import { createHash } from 'node:crypto';
import { mapAhead } from '#engine/ahead.ts';
import { readFileList, readTable } from '#engine/backup/read.ts';
import type { Manifest, ManifestTable, Report } from '#engine/ports.ts';
import type { ServerKeys } from '#engine/sealing/keys.ts';
import type { ObjectStore } from '#engine/store/port.ts';
import { FiberkeepError } from '#errors';
import {
  encodeArchiveManifest,
  entryTime,
  FILE_LIST_ENTRY,
  MANIFEST_ENTRY,
  tableEntry,
} from '../container/archive-manifest.ts';
import { BufferedReader } from '../container/buffered-reader.ts';
import { deflatedMember } from '../container/gzip.ts';
import { tarHeader, tarPadding } from '../container/tar.ts';
import { fileLine, surveyFiles } from './file-section.ts';
import { archiveManifestOf } from './inner-manifest.ts';

/** Numbers the way from manifest and head to bytes: a change of any byte takes a new number. */
export const LAYOUT_VERSION = 2;

export interface HeadRequest {
  readonly store: ObjectStore;
  readonly keys: ServerKeys;
  readonly manifest: Manifest;
  /** Takes the pieces in order, one at a time. */
  readonly sink: (piece: Buffer) => Promise<void>;
  readonly report: Report;
  readonly signal: AbortSignal;
}

export interface MadeHead {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  readonly layoutVersion: number;
}

/** Blocks are compressed independently, several at once. */
const BLOCK_BYTES = 1024 * 1024;
const BLOCKS_AT_ONCE = 4;

/**
 * Makes the head of a backup's archive: everything but the files, compressed. Compressors differ between
 * builds, so it is made once and kept: from then on every byte of the archive is fixed. Memory is bounded. Throws TEST_FAILED where
 * a table is not what the manifest says, CHUNK_MISSING, CHUNK_CORRUPT, WRONG_KEY, or the signal's reason.
 */
export async function makeHead(request: HeadRequest): Promise<MadeHead> {
  const hash = createHash('sha256');
  let bytes = 0;
  const blocks = inBlocks(headOfTar(request));
  for await (const member of mapAhead(blocks, { most: BLOCKS_AT_ONCE }, deflatedMember)) {
    request.signal.throwIfAborted();
    hash.update(member);
    bytes += member.length;
    await request.sink(member);
  }
  return { bytes, sha256: hash.digest('hex'), layoutVersion: LAYOUT_VERSION };
}

/** The entries before the files: `manifest.json`, `files.ndjson`, the tables. */
async function* headOfTar(request: HeadRequest): AsyncGenerator<Buffer, void> {
  const { store, keys, manifest } = request;
  const section = await surveyFiles(store, keys, manifest);
  const progress = progressOf(request);
  const sums: string[] = [];
  for (const table of manifest.tables) sums.push(await sumOf(request, table, progress));
  const inner = archiveManifestOf(manifest, section, sums);
  const modifiedAt = entryTime(inner);
  const entry = (name: string, bytes: number) => tarHeader({ name, bytes, modifiedAt });
  const json = encodeArchiveManifest(inner);
  yield entry(MANIFEST_ENTRY, json.length);
  yield json;
  yield Buffer.alloc(tarPadding(json.length));
  yield entry(FILE_LIST_ENTRY, section.list.bytes);
  yield* fileLines(request);
  yield Buffer.alloc(tarPadding(section.list.bytes));
  for (const [n, table] of manifest.tables.entries()) {
    yield entry(tableEntry(table.name), table.bytes);
    yield* checkedTable(request, table, sums[n] ?? '', progress);
    yield Buffer.alloc(tarPadding(table.bytes));
  }
}

async function* fileLines({ store, keys, manifest }: HeadRequest): AsyncGenerator<Buffer, void> {
  for await (const file of readFileList(store, keys, manifest)) yield Buffer.from(fileLine(file));
}

/** `manifest.json` comes first, so what the backup did not hash is read twice. */
async function sumOf(
  { store, keys, signal }: HeadRequest,
  table: ManifestTable,
  progress: (bytes: number) => void,
): Promise<string> {
  if (table.sha256 !== null) return table.sha256;
  const hash = createHash('sha256');
  for await (const piece of readTable(store, keys, table)) {
    signal.throwIfAborted();
    hash.update(piece);
    progress(piece.length);
  }
  return hash.digest('hex');
}

/** Throws at the end where the table is not what `manifest.json` announces. */
async function* checkedTable(
  { store, keys, signal }: HeadRequest,
  table: ManifestTable,
  sha256: string,
  progress: (bytes: number) => void,
): AsyncGenerator<Buffer, void> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of readTable(store, keys, table)) {
    signal.throwIfAborted();
    hash.update(piece);
    bytes += piece.length;
    progress(piece.length);
    yield piece;
  }
  if (bytes === table.bytes && hash.digest('hex') === sha256) return;
  throw new FiberkeepError('TEST_FAILED', {
    reason: 'tableNotAsMade',
    params: { table: table.name },
  });
}

function progressOf({ manifest, report }: HeadRequest): (bytes: number) => void {
  const total = manifest.tables.reduce(
    (sum, { bytes, sha256 }) => sum + (sha256 === null ? 2 * bytes : bytes),
    0,
  );
  let done = 0;
  return (bytes) => {
    done += bytes;
    report('prepare', done, total, 'bytes');
  };
}

async function* inBlocks(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  await using reader = new BufferedReader(source);
  while (!(await reader.atEnd())) yield await reader.read(BLOCK_BYTES);
}
