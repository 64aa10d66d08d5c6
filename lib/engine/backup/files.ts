import { createHash, type Hash } from 'node:crypto';
import { escapeIdentifier } from 'pg';
import { FiberkeepError } from '#errors';
import { chunkObject } from '../chunks/chunk.ts';
import type { ChunkWriter } from '../chunks/chunk-writer.ts';
import { type Cutter, openCutter } from '../files/cut.ts';
import { type FileEntry, FileListBuilder, FilesSummary, ListedFiles } from '../files/file-list.ts';
import { storeContent } from '../files/store-content.ts';
import type { FileContents, ManifestFiles } from '../ports.ts';
import { copyOut } from '../postgres/copy-out.ts';
import { qualified, type Snapshot } from '../postgres/snapshot.ts';
import { isMissing, readFileList } from './read.ts';
import type { CreateRequest, FileListSource } from './request.ts';

const PLANT_FILES: FileListSource = {
  table: 'stored_file',
  sha256Column: 'sha256',
  bytesColumn: 'bytes',
};

/** Reads the list in the snapshot; empty where the schema has no such table. */
export async function listFiles(snapshot: Snapshot, request: CreateRequest): Promise<ListedFiles> {
  const { table, sha256Column, bytesColumn } = request.fileList ?? PLANT_FILES;
  const listed = new ListedFiles();
  if (!snapshot.tables.some(({ name }) => name === table)) return listed;
  const [sha256, bytes] = [escapeIdentifier(sha256Column), escapeIdentifier(bytesColumn)];
  const sql = `COPY (SELECT ${sha256}, ${bytes} FROM ONLY ${qualified(snapshot.schema, table)}
                      WHERE ${sha256} ~ '^[0-9a-f]{64}$' ORDER BY ${sha256} COLLATE "C") TO STDOUT`;
  for await (const piece of copyOut(snapshot.client, sql, request.signal)) {
    let start = 0;
    for (const end of piece.ends) {
      const [digest = '', size = ''] = piece.bytes.toString('latin1', start, end - 1).split('\t');
      listed.push(digest, Number(size));
      start = end;
    }
  }
  return listed;
}

export interface CopiedFiles {
  readonly manifest: ManifestFiles;
  /** SHA-256 of the files that the backup lacks: their bytes are gone or have changed. */
  readonly missing: readonly string[];
}

/** Takes over the files of the last backup with files; reads only those that it lacks. */
export async function copyFiles(
  request: CreateRequest,
  writer: ChunkWriter,
  listed: ListedFiles,
): Promise<CopiedFiles> {
  const summary = new FilesSummary();
  const { files } = request;
  if (!files) {
    for (let i = 0; i < listed.count; i++) summary.add(listed.at(i));
    return { manifest: summary.finish([]), missing: [] };
  }
  const list = new FileListBuilder(writer);
  const missing: string[] = [];
  const copying = { request, writer, files, cutter: openCutter(request.keys.chunkId) };
  const atOnce = request.store.far ? FILES_AT_ONCE_FAR : FILES_AT_ONCE;
  let done = 0;
  for await (const batch of withEarlier(request, listed)) {
    const known = await reusable(request, batch);
    const entries = await mapOrdered(batch, atOnce, ({ file, earlier }) =>
      earlier && known.has(earlier) ? earlier : copyFile(copying, file),
    );
    for (const entry of entries) {
      await list.add(entry);
      summary.add(entry);
      if (isMissing(entry)) missing.push(entry.sha256);
      done += entry.bytes;
    }
    request.report('files', done, Math.max(done, listed.bytes), 'bytes');
  }
  return { manifest: summary.finish(await list.finish()), missing };
}

interface Wanted {
  readonly file: { readonly sha256: string; readonly bytes: number };
  /** The same file in the last backup with files. */
  readonly earlier: FileEntry | null;
}

const BATCH_FILES = 512;
const FILES_AT_ONCE = 6;
const FILES_AT_ONCE_FAR = 16;

/** Pairs both lists in one walk: they are in order of the digest. */
async function* withEarlier(request: CreateRequest, listed: ListedFiles): AsyncGenerator<Wanted[]> {
  const { store, keys, previousWithFiles } = request;
  const earlier = previousWithFiles ? readFileList(store, keys, previousWithFiles) : null;
  let next = await earlier?.next();
  let batch: Wanted[] = [];
  for (let i = 0; i < listed.count; i++) {
    const file = listed.at(i);
    while (next && !next.done && next.value.sha256 < file.sha256) next = await earlier?.next();
    const same = next && !next.done && next.value.sha256 === file.sha256 ? next.value : null;
    batch.push({ file, earlier: same && !isMissing(same) ? same : null });
    if (batch.length < BATCH_FILES) continue;
    yield batch;
    batch = [];
  }
  await earlier?.return(undefined);
  if (batch.length > 0) yield batch;
}

/** Pins what the earlier entries need; returns those that can be relied on. */
async function reusable(
  request: CreateRequest,
  batch: readonly Wanted[],
): Promise<ReadonlySet<FileEntry>> {
  const entries = batch.flatMap(({ earlier }) => (earlier ? [earlier] : []));
  const refs = entries.flatMap((entry) => entry.chunks);
  const gone = new Set((await request.index.pin(refs)).map(chunkObject));
  const whole = (entry: FileEntry) => !entry.chunks.some((ref) => gone.has(chunkObject(ref)));
  return new Set(gone.size === 0 ? entries : entries.filter(whole));
}

interface CopyingFiles {
  readonly request: CreateRequest;
  readonly writer: ChunkWriter;
  readonly files: FileContents;
  readonly cutter: Cutter;
}

/** Gives a file an entry without chunks where it is gone or its bytes do not fit its digest. */
async function copyFile(
  { request, writer, files, cutter }: CopyingFiles,
  { sha256, bytes }: { sha256: string; bytes: number },
): Promise<FileEntry> {
  if (bytes === 0) return { sha256, bytes, chunks: [] };
  const absent = { sha256, bytes, chunks: [] };
  try {
    const hash = createHash('sha256');
    const content = digested(files.read(sha256), hash);
    const stored = await storeContent(writer, cutter, content, request.signal);
    if (hash.digest('hex') !== sha256) return absent;
    return { sha256, bytes: stored.bytes, chunks: await Promise.all(stored.refs) };
  } catch (error) {
    if (error instanceof FiberkeepError && error.code === 'FILE_MISSING') return absent;
    throw error;
  }
}

async function* digested(source: AsyncIterable<Uint8Array>, hash: Hash) {
  for await (const piece of source) {
    hash.update(piece);
    yield piece;
  }
}

/** Works on a few items at a time; the results are in the order of the items. */
async function mapOrdered<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R> | R,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  return results;
}
