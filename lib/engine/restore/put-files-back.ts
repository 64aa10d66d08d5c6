import type { Client } from 'pg';
import { isMissing, readFile, readFileList } from '../backup/read.ts';
import type { FileEntry } from '../files/file-list.ts';
import type { Connect, FileContents, Manifest, Report } from '../ports.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';

const SIDE_BY_SIDE = 4;
const SIDE_BY_SIDE_FAR = 16;
const ROWS_AT_A_TIME = 2_000;
const FIRST_NAMED = 20;

export interface FilesBackRequest {
  readonly connect: Connect;
  /** Of the stage, whose rows name the files that it needs. */
  readonly schema: string;
  readonly fileList?: { readonly table: string; readonly sha256Column: string };
  readonly manifest: Manifest;
  readonly store: ObjectStore;
  readonly keys: ServerKeys;
  readonly files: FileContents;
  readonly report: Report;
  readonly signal: AbortSignal;
}

export interface FilesBack {
  /** Files that were here already. */
  readonly present: number;
  /** Files brought back from the backup; durable. */
  readonly written: number;
  /** Files neither here nor in the backup, with the SHA-256 of the first of them. */
  readonly missing: { readonly count: number; readonly first: readonly string[] };
}

/**
 * Puts back the files that the stage names and that are not here any more. Walks both lists in order of
 * SHA-256, so neither is held in memory. Throws DIGEST_MISMATCH and what reading a chunk throws; files that
 * were written stay.
 */
export async function putFilesBack(request: FilesBackRequest): Promise<FilesBack> {
  const named = await namedFiles(request);
  try {
    return await putNamedBack(request, named.sha256s);
  } finally {
    await named.close();
  }
}

/** As `putFilesBack`, of files by their SHA-256, in ascending order. */
export async function putNamedBack(
  request: Omit<FilesBackRequest, 'connect' | 'schema' | 'fileList'>,
  sha256s: AsyncIterable<string>,
): Promise<FilesBack> {
  const { files, store, keys, manifest, signal, report } = request;
  const found = { present: 0, written: 0, missing: { count: 0, first: [] as string[] } };
  let done = 0;
  const isHere = await files.asking(manifest.files.count);
  async function putBack({ sha256, entry }: NamedFile): Promise<void> {
    signal.throwIfAborted();
    if (await isHere(sha256)) found.present++;
    else if (entry && !isMissing(entry)) {
      await files.write(sha256, readFile(store, keys, entry));
      found.written++;
    } else if (found.missing.count++ < FIRST_NAMED) found.missing.first.push(sha256);
    report('files', ++done, manifest.files.count, 'files');
  }
  const entries = withEntries(sha256s, readFileList(store, keys, manifest));
  await sideBySide(entries, store.far ? SIDE_BY_SIDE_FAR : SIDE_BY_SIDE, putBack);
  return found;
}

interface NamedFile {
  readonly sha256: string;
  /** The file in the backup, if it is there. */
  readonly entry: FileEntry | null;
}

/** Walks the stage's names and the backup's list together; both ascend. */
async function* withEntries(
  sha256s: AsyncIterable<string>,
  list: AsyncIterator<FileEntry>,
): AsyncGenerator<NamedFile, void> {
  let held = await list.next();
  for await (const sha256 of sha256s) {
    while (!held.done && held.value.sha256 < sha256) held = await list.next();
    yield { sha256, entry: !held.done && held.value.sha256 === sha256 ? held.value : null };
  }
}

/** The files that the stage names, in order of SHA-256, read through a cursor. */
async function namedFiles({ connect, schema, fileList }: FilesBackRequest) {
  const { table, sha256Column } = fileList ?? { table: 'stored_file', sha256Column: 'sha256' };
  const client = await connect();
  const column = client.escapeIdentifier(sha256Column);
  await client.query('BEGIN READ ONLY');
  await client.query(
    `DECLARE named NO SCROLL CURSOR FOR SELECT ${column} AS sha256
       FROM ${client.escapeIdentifier(schema)}.${client.escapeIdentifier(table)}
      ORDER BY ${column} COLLATE "C"`,
  );
  return { sha256s: fetchAll(client), close: () => client.end() };
}

async function* fetchAll(client: Client): AsyncGenerator<string, void> {
  for (;;) {
    const { rows } = await client.query<{ sha256: string }>(`FETCH ${ROWS_AT_A_TIME} FROM named`);
    if (rows.length === 0) return;
    for (const row of rows) yield row.sha256;
  }
}

/** Works on a few items at a time. After a failure it begins no other and waits for those under way. */
async function sideBySide<T>(
  items: AsyncIterator<T>,
  most: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let failed = false;
  const hand = async () => {
    try {
      while (!failed) {
        const next = await items.next();
        if (next.done) return;
        await work(next.value);
      }
    } catch (cause) {
      failed = true;
      throw cause;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: most }, hand));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}
