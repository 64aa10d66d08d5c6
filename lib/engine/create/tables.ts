import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { RewindError } from '../../errors/index.ts';
import type { ChunkWriter } from '../chunks/chunk-writer.ts';
import type { CreateRequest } from '../create-backup.ts';
import { copyOut } from '../postgres/copy-out.ts';
import type { Table } from '../postgres/introspect.ts';
import { copyStatement, lockTable, type Snapshot } from '../postgres/snapshot.ts';
import { type BuiltRope, RopeBuilder } from '../rope/rope-builder.ts';
import { rowHashUnder } from '../rope/row-hash.ts';
import type { ManifestTable } from '../types.ts';

const READERS = 2;

/** What the readers of one backup share. */
interface Copying {
  readonly request: CreateRequest;
  readonly snapshot: Snapshot;
  readonly writer: ChunkWriter;
  readonly progress: (bytes: number) => void;
}

/** Reads every table of the snapshot, the largest first, several side by side; answers them by name. */
export async function copyTables(
  request: CreateRequest,
  snapshot: Snapshot,
  writer: ChunkWriter,
): Promise<ManifestTable[]> {
  const waiting = [...snapshot.tables].sort((a, b) => heapOf(snapshot, b) - heapOf(snapshot, a));
  const copying = { request, snapshot, writer, progress: progressOf(request, snapshot) };
  const finished: Promise<ManifestTable>[] = [];
  const readers = Array.from(
    { length: Math.min(request.readers ?? READERS, waiting.length) },
    async () => {
      const reader = await snapshot.openReader();
      for (let table = waiting.shift(); table; table = waiting.shift())
        finished.push(...(await copyTable(copying, reader, table)));
    },
  );
  try {
    await Promise.all(readers);
    const tables = await Promise.all(finished);
    return tables.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  } catch (error) {
    // One reader failed: the others lose their connections and end before anybody goes on.
    await snapshot[Symbol.asyncDispose]();
    await Promise.allSettled([...readers, ...finished]);
    throw error;
  }
}

/** Answers (in an array, so that nobody waits for it) the table as it will be when its chunks are stored. */
async function copyTable(
  copying: Copying,
  reader: Client,
  table: Table,
): Promise<[Promise<ManifestTable>]> {
  const { request, snapshot } = copying;
  const check = await lockTable(reader, snapshot.schema, table);
  const { sha256, rope } = await copyRows(copying, reader, table);
  await check();
  const done = rope.then((built) => {
    if (built.sha256 !== sha256) throw notAsRead(table);
    const { refs, rows, bytes } = built;
    return { name: table.name, columns: table.columns, rows, bytes, sha256, rope: refs };
  });
  done.catch(() => {});
  request.signal.throwIfAborted();
  return [done];
}

async function copyRows(copying: Copying, reader: Client, table: Table) {
  const { request, snapshot, writer, progress } = copying;
  const hash = createHash('sha256');
  const builder = new RopeBuilder(writer, rowHashUnder(request.keys.rowHash));
  for await (const piece of copyOut(
    reader,
    copyStatement(snapshot.schema, table),
    request.signal,
  )) {
    hash.update(piece.bytes);
    builder.literal(piece, 0, piece.ends.length);
    await builder.settle();
    progress(piece.bytes.length);
  }
  return { sha256: hash.digest('hex'), rope: builder.finish() as Promise<BuiltRope> };
}

function heapOf(snapshot: Snapshot, table: Table): number {
  return snapshot.heapBytes.get(table.name) ?? 0;
}

/** The total is what the last backup read, or the size on disk: near enough for a bar. */
function progressOf(request: CreateRequest, snapshot: Snapshot): (bytes: number) => void {
  const before = new Map(request.previous?.tables.map((table) => [table.name, table.bytes]));
  const total = snapshot.tables.reduce(
    (sum, table) => sum + (before.get(table.name) ?? heapOf(snapshot, table)),
    0,
  );
  let done = 0;
  return (bytes) => {
    done += bytes;
    request.report('tables', done, Math.max(total, done), 'bytes');
  };
}

function notAsRead(table: Table): RewindError {
  return new RewindError(
    'VERIFY_FAILED',
    `The table ${table.name} would not read back as it was read; the backup was not kept.`,
    { hint: 'Make the backup again. Earlier ones are not harmed.' },
  );
}
