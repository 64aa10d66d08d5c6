import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { type Client, escapeIdentifier } from 'pg';
import { FiberkeepError } from '#errors';
import { readTable } from '../backup/read.ts';
import { fetchChunk } from '../chunks/chunk.ts';
import type { ManifestTable } from '../ports.ts';
import { copyIn } from '../postgres/copy-in.ts';
import type { Crew } from '../postgres/crew.ts';
import { qualified } from '../postgres/snapshot.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import type { TableDifference } from './difference.ts';
import type { ByteRange, ChunkDifference } from './range-events.ts';
import { type ScratchTable, type Side, sides, sideTable, type TablePair } from './scratch.ts';

/** Chunks opened ahead. */
const AHEAD_CHUNKS = 4;
/** Rows of one side that may wait for PostgreSQL. */
const WAITING_BYTES = 4 * 1024 * 1024;

export interface Loading {
  readonly store: ObjectStore;
  readonly keys: ServerKeys;
  readonly schema: string;
  readonly signal: AbortSignal;
  /** Called for every piece of COPY text. */
  onBytes(bytes: number): void;
}

/**
 * Copies the rows that may differ into the sides of the table, both at the same time, so that each chunk is opened
 * once. Throws DIGEST_MISMATCH where the rows are not as many as the manifests say, and what chunks and PostgreSQL
 * throw.
 */
export async function loadDifference(
  crew: Crew,
  loading: Loading,
  { pair, table, difference }: DifferingTable,
): Promise<void> {
  if (difference === 'NONE') return;
  const loaded = { before: 0, after: 0 };
  const load = (side: Side, text: AsyncIterable<Uint8Array>) => ({
    weight: 1,
    async run(client: Client) {
      loaded[side] = await copySide(client, loading, { side, pair, table, text });
      return [];
    },
  });
  if (difference === 'WHOLE') {
    const whole = (side: Side) => pair[side] && load(side, wholeText(loading, pair[side]));
    await crew.run(
      sides.flatMap((side) => whole(side) ?? []),
      loading.signal,
    );
  } else {
    const stop = new AbortController();
    const signal = AbortSignal.any([loading.signal, stop.signal]);
    const feeds = { before: newFeed(signal), after: newFeed(signal) };
    const fed = feed(feeds, loading, difference.chunks, signal).catch((cause) => {
      for (const side of sides) feeds[side].destroy(cause);
      throw cause;
    });
    const copied = crew.run(
      sides.map((side) => load(side, feeds[side])),
      loading.signal,
    );
    copied.catch((cause) => stop.abort(cause));
    const [, first] = await Promise.allSettled([fed, copied]);
    if (first.status === 'rejected') throw first.reason;
    await fed;
  }
  assertCounts(pair, loaded);
}

interface DifferingTable {
  readonly pair: TablePair;
  readonly table: ScratchTable;
  readonly difference: TableDifference;
}

/** Rows that both sides hold are left out of both, so the numbers of the rest differ as those of the whole do. */
function assertCounts(pair: TablePair, loaded: Record<Side, number>): void {
  const rows = (side: Side) => pair[side]?.rows ?? 0;
  if (rows('before') - rows('after') === loaded.before - loaded.after) return;
  throw new FiberkeepError('DIGEST_MISMATCH', {
    reason: 'tableContentsDiffer',
    params: {
      table: pair.name,
      rows: rows('after'),
      foundRows: rows('before') - loaded.before + loaded.after,
    },
  });
}

/** COPY text has all columns of a row: those that the other side lacks are loaded as text, and dropped. */
async function copySide(
  client: Client,
  { schema }: Loading,
  source: { side: Side; pair: TablePair; table: ScratchTable; text: AsyncIterable<Uint8Array> },
): Promise<number> {
  const { side, pair, table, text } = source;
  const name = qualified(schema, sideTable(side, table.name));
  const columns = pair[side]?.columns ?? [];
  const more = columns.filter((column) => !table.columns.includes(column)).map(escapeIdentifier);
  const alter = (action: (column: string) => string) =>
    client.query(`ALTER TABLE ${name} ${more.map(action).join(', ')}`);
  if (more.length > 0) await alter((column) => `ADD COLUMN ${column} text`);
  const list = columns.length > 0 ? ` (${columns.map(escapeIdentifier).join(', ')})` : '';
  const rows = await copyIn(client, `COPY ${name}${list} FROM STDIN`, text);
  if (more.length > 0) await alter((column) => `DROP COLUMN ${column}`);
  return rows;
}

async function* wholeText(
  { store, keys, signal, onBytes }: Loading,
  table: ManifestTable,
): AsyncGenerator<Buffer, void> {
  for await (const piece of readTable(store, keys, table)) {
    signal.throwIfAborted();
    onBytes(piece.length);
    yield piece;
  }
}

function newFeed(signal: AbortSignal): PassThrough {
  const feed = new PassThrough({ highWaterMark: WAITING_BYTES, signal });
  // Who reads it throws the cause; one that nobody reads any more must not end the process.
  feed.on('error', () => {});
  return feed;
}

async function feed(
  feeds: Record<Side, PassThrough>,
  loading: Loading,
  chunks: Iterable<ChunkDifference>,
  signal: AbortSignal,
): Promise<void> {
  for await (const { difference, chunk } of openAhead(loading, chunks)) {
    signal.throwIfAborted();
    for (const side of sides) {
      const rows = rowsOf(chunk, difference[side]);
      if (rows.length === 0) continue;
      loading.onBytes(rows.length);
      if (!feeds[side].write(rows)) await once(feeds[side], 'drain', { signal });
    }
  }
  for (const side of sides) feeds[side].end();
}

/** In memory of their own, so that the chunk is free at once. */
function rowsOf(chunk: Buffer, ranges: readonly ByteRange[]): Buffer {
  return Buffer.concat(ranges.map(({ start, end }) => chunk.subarray(start, end)));
}

async function* openAhead({ store, keys }: Loading, chunks: Iterable<ChunkDifference>) {
  const waiting: { difference: ChunkDifference; chunk: Promise<Buffer> }[] = [];
  const take = async () => {
    const first = waiting.shift();
    if (!first) throw new RangeError('Nothing was opened ahead');
    return { difference: first.difference, chunk: await first.chunk };
  };
  for (const difference of chunks) {
    const chunk = fetchChunk(store, keys, difference.ref);
    chunk.catch(() => {}); // thrown when it is taken
    waiting.push({ difference, chunk });
    if (waiting.length > AHEAD_CHUNKS) yield await take();
  }
  while (waiting.length > 0) yield await take();
}
