import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { FiberkeepError } from '#errors';
import type { ChunkWriter } from '../chunks/chunk-writer.ts';
import type { ManifestTable } from '../ports.ts';
import { copyOut, type RowPiece } from '../postgres/copy-out.ts';
import type { Table } from '../postgres/introspect.ts';
import { copyStatement, lockTable, type Snapshot } from '../postgres/snapshot.ts';
import { buildRope, earlierTable } from '../rope/build-rope.ts';
import type { BuiltRope } from '../rope/rope-builder.ts';
import type { CreateRequest } from './request.ts';

const READERS = 2;

/** What the readers of one backup share. */
interface Copying {
  readonly request: CreateRequest;
  readonly snapshot: Snapshot;
  readonly writer: ChunkWriter;
  readonly progress: (bytes: number) => void;
}

/** Reads every table of the snapshot, several side by side, the largest first; returns them by name. */
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
    // One reader failed: the others lose their connections, and all have ended before this throws.
    await snapshot[Symbol.asyncDispose]();
    await Promise.allSettled([...readers, ...finished]);
    throw error;
  }
}

/** The table as it will be once its chunks are stored: in an array, because `await` would wait for that. */
async function copyTable(
  copying: Copying,
  reader: Client,
  table: Table,
): Promise<[Promise<ManifestTable>]> {
  const { request, snapshot } = copying;
  const check = await lockTable(reader, snapshot.schema, table);
  const { copied, rope } = await copyRows(copying, reader, table);
  await check();
  const stored = rope.then(({ refs, rows, bytes }) => {
    if (rows !== copied.rows || bytes !== copied.bytes) throw notAsRead(table);
    return { name: table.name, columns: table.columns, ...copied, rope: refs };
  });
  stored.catch(() => {});
  request.signal.throwIfAborted();
  return [stored];
}

/** What COPY gave. */
interface CopiedText {
  readonly sha256: string;
  readonly rows: number;
  readonly bytes: number;
}

interface CopiedRows {
  readonly copied: CopiedText;
  readonly rope: Promise<BuiltRope>;
}

/** Reads the table again, without the last backup, if the rope does not read back what COPY gave. */
async function copyRows(copying: Copying, reader: Client, table: Table): Promise<CopiedRows> {
  const earlier = earlierTable(copying.request.previous, table);
  const matched = earlier && (await copyOnce(copying, reader, table, earlier));
  const copied = matched ?? (await copyOnce(copying, reader, table, null));
  if (!copied) throw notAsRead(table);
  return copied;
}

/** Null where the rope does not read back what COPY gave. */
async function copyOnce(
  copying: Copying,
  reader: Client,
  table: Table,
  earlier: ManifestTable | null,
): Promise<CopiedRows | null> {
  const { request, snapshot, writer } = copying;
  const source = copyOut(reader, copyStatement(snapshot.schema, table), request.signal);
  const measured = measure(source, copying.progress);
  const builder = await buildRope({ ...request, writer }, measured.rows, earlier);
  const copied = measured.total();
  if (earlier && builder.readBackSha256() !== copied.sha256) return null;
  const rope = builder.finish();
  // Awaited only when the reader has moved on: a failure before that must not end the process.
  rope.catch(() => {});
  return { copied, rope };
}

/** Passes the rows on; `total` is to be asked for at their end. */
function measure(source: AsyncIterable<RowPiece>, progress: (bytes: number) => void) {
  const hash = createHash('sha256');
  let count = 0;
  let bytes = 0;

  async function* rows() {
    for await (const piece of source) {
      hash.update(piece.bytes);
      yield piece;
      progress(piece.bytes.length);
      count += piece.ends.length;
      bytes += piece.bytes.length;
    }
  }

  return {
    rows: rows(),
    total: (): CopiedText => ({ sha256: hash.digest('hex'), rows: count, bytes }),
  };
}

function heapOf(snapshot: Snapshot, table: Table): number {
  return snapshot.heapBytes.get(table.name) ?? 0;
}

/** The total is what the last backup read, or the size on disk: close enough for a progress bar. */
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
