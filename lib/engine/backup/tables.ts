import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Client } from 'pg';
import { FiberkeepError } from '#errors';
import type { ChunkWriter } from '../chunks/chunk-writer.ts';
import type { ManifestTable } from '../ports.ts';
import { copyOut, type RowPiece } from '../postgres/copy-out.ts';
import type { Table } from '../postgres/introspect.ts';
import { copyStatement, lockTable, type Snapshot } from '../postgres/snapshot.ts';
import { openEarlierRope } from '../rope/earlier-rope.ts';
import { Matcher } from '../rope/matcher.ts';
import { type BuiltRope, RopeBuilder } from '../rope/rope-builder.ts';
import { rowHashUnder } from '../rope/row-hash.ts';
import type { CreateRequest } from './create.ts';

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
  const { copied, rope } = await copyRows(copying, reader, table);
  await check();
  const done = rope.then(({ refs, rows, bytes }) => {
    if (rows !== copied.rows || bytes !== copied.bytes) throw notAsRead(table);
    return { name: table.name, columns: table.columns, ...copied, rope: refs };
  });
  done.catch(() => {});
  request.signal.throwIfAborted();
  return [done];
}

interface CopiedRows {
  /** What COPY gave. */
  readonly copied: { readonly sha256: string; readonly rows: number; readonly bytes: number };
  readonly rope: Promise<BuiltRope>;
}

/**
 * Matches the rows with the last backup's where there is one with the same columns, and reads the table
 * once more without it should the rope not give back what was read.
 */
async function copyRows(copying: Copying, reader: Client, table: Table): Promise<CopiedRows> {
  const { request, writer } = copying;
  const rowHash = rowHashUnder(request.keys.rowHash);
  const earlier = earlierTable(request, table);
  if (earlier) {
    const builder = new RopeBuilder(writer, rowHash, true);
    const rope = openEarlierRope(request, earlier);
    await using matcher = new Matcher(builder, rope, rowHash);
    const copied = await readRows(copying, reader, table, async (piece) => {
      await matcher.feed(piece);
      await builder.settle();
    });
    if (builder.readBackSha256() === copied.sha256) return { copied, rope: finish(builder) };
  }
  const builder = new RopeBuilder(writer, rowHash, false);
  const copied = await readRows(copying, reader, table, async (piece) => {
    builder.literal(piece, 0, piece.ends.length);
    await builder.settle();
  });
  return { copied, rope: finish(builder) };
}

/** Awaited only when the reader has moved on: a failure before that must not go unheard, nor end the process. */
function finish(builder: RopeBuilder): Promise<BuiltRope> {
  const rope = builder.finish();
  rope.catch(() => {});
  return rope;
}

function earlierTable({ previous }: CreateRequest, table: Table): ManifestTable | null {
  const earlier = previous?.tables.find(({ name }) => name === table.name);
  return earlier && isDeepStrictEqual(earlier.columns, table.columns) ? earlier : null;
}

/** Runs the COPY; answers what it gave in all. */
async function readRows(
  copying: Copying,
  reader: Client,
  table: Table,
  take: (piece: RowPiece) => Promise<void>,
): Promise<CopiedRows['copied']> {
  const { request, snapshot, progress } = copying;
  const hash = createHash('sha256');
  let rows = 0;
  let bytes = 0;
  for await (const piece of copyOut(
    reader,
    copyStatement(snapshot.schema, table),
    request.signal,
  )) {
    hash.update(piece.bytes);
    await take(piece);
    progress(piece.bytes.length);
    rows += piece.ends.length;
    bytes += piece.bytes.length;
  }
  return { sha256: hash.digest('hex'), rows, bytes };
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

function notAsRead(table: Table): FiberkeepError {
  return new FiberkeepError('TEST_FAILED', {
    reason: 'tableNotReadBack',
    params: { table: table.name },
  });
}
