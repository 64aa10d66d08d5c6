import { isDeepStrictEqual } from 'node:util';
import type { ChunkWriter } from '../chunks/chunk-writer.ts';
import type { ChunkIndex, Manifest, ManifestTable } from '../ports.ts';
import type { RowPiece } from '../postgres/copy-out.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import { openEarlierRope } from './earlier-rope.ts';
import { type EarlierRope, Matcher } from './matcher.ts';
import { RopeBuilder } from './rope-builder.ts';
import { type RowHash, rowHashUnder } from './row-hash.ts';

/** Where the chunks of a rope are found and stored. */
export interface RopeContext {
  readonly writer: ChunkWriter;
  readonly store: ObjectStore;
  readonly keys: ServerKeys;
  readonly index: ChunkIndex;
}

/** The same table in an earlier backup, where its rows can be found again: it has the same columns. */
export function earlierTable(
  previous: Manifest | null,
  table: Pick<ManifestTable, 'name' | 'columns'>,
): ManifestTable | null {
  const earlier = previous?.tables.find(({ name }) => name === table.name);
  return earlier && isDeepStrictEqual(earlier.columns, table.columns) ? earlier : null;
}

/**
 * Builds a table's rope out of its rows; those that `earlier` holds too are taken over. The caller finishes
 * it. With `earlier`, the caller first compares `readBackSha256` with the rows' own: null otherwise.
 */
export async function buildRope(
  context: RopeContext,
  rows: AsyncIterable<RowPiece>,
  earlier: ManifestTable | null,
): Promise<RopeBuilder> {
  const rowHash = rowHashUnder(context.keys.rowHash);
  const builder = new RopeBuilder(context.writer, rowHash, earlier !== null);
  if (earlier) await matchRows(builder, rows, rowHash, openEarlierRope(context, earlier));
  else await storeRows(builder, rows);
  return builder;
}

async function matchRows(
  builder: RopeBuilder,
  rows: AsyncIterable<RowPiece>,
  rowHash: RowHash,
  rope: EarlierRope,
): Promise<void> {
  await using matcher = new Matcher(builder, rope, rowHash);
  for await (const piece of rows) {
    await matcher.feed(piece);
    await builder.settle();
  }
}

async function storeRows(builder: RopeBuilder, rows: AsyncIterable<RowPiece>): Promise<void> {
  for await (const piece of rows) {
    builder.literal(piece, 0, piece.ends.length);
    await builder.settle();
  }
}
