import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { FiberkeepError } from '#errors';
import type { ChunkWriter } from '../chunks/chunk-writer.ts';
import type { ManifestTable } from '../ports.ts';
import { copyOut, type RowPiece } from '../postgres/copy-out.ts';
import type { Table } from '../postgres/introspect.ts';
import { copyStatement, type Snapshot } from '../postgres/snapshot.ts';
import { buildRope, earlierTable } from '../rope/build-rope.ts';
import type { RopeBuilder } from '../rope/rope-builder.ts';
import { identityOf } from '../rowmap/fits.ts';
import type { IdentifiedTable } from '../rowmap/identity.ts';
import { readMapped } from '../rowmap/read-mapped.ts';
import { type MapParts, readWhole } from '../rowmap/read-whole.ts';
import type { TableMap } from '../rowmap/row-map.ts';
import { tableReader } from '../rowmap/table-reader.ts';
import type { ByMap } from './map-plan.ts';
import type { CreateRequest } from './request.ts';

/** What the readers of one backup share. */
export interface Copying {
  readonly request: CreateRequest;
  readonly snapshot: Snapshot;
  readonly writer: ChunkWriter;
  readonly progress: (bytes: number) => void;
}

/** A table that was read; what it stores anew may still be under way. */
export interface TableRead {
  readonly comparedBytes: number;
  readonly finished: Promise<{ readonly table: ManifestTable; readonly map: TableMap | null }>;
}

/** Reads what changed since the map was made. Throws MapMismatch where the table must be read whole. */
export async function readByMap(
  { request, snapshot, writer, progress }: Copying,
  client: Client,
  table: Table,
  { identified, map, earlier, window, turn }: ByMap,
): Promise<TableRead> {
  const { store, keys, index, signal } = request;
  const reader = tableReader(client, snapshot.schema, table, identified, signal);
  const read = { writer, store, keys, index, reader, map, earlier, window, turn, progress };
  const { builder, parts, comparedBytes } = await readMapped(read);
  return {
    comparedBytes,
    finished: heardLater(finish(table, builder, identified, parts, earlier)),
  };
}

/** Its SHA-256 is known only where not a single range changed. */
async function finish(
  { name, columns }: Table,
  builder: RopeBuilder,
  identified: IdentifiedTable,
  parts: MapParts,
  earlier: ManifestTable,
) {
  const { rows, bytes, digest, refs } = await builder.finish();
  const sha256 = digest === earlier.digest ? earlier.sha256 : null;
  const table = { name, columns, rows, bytes, sha256, digest, rope: refs };
  const identity = identityOf(identified);
  return { table, map: { identity, rope: digest, parts: await Promise.all(parts) } };
}

/** What COPY gave. */
interface CopiedText {
  readonly sha256: string;
  readonly rows: number;
  readonly bytes: number;
}

/** Reads the whole table. Rows that the last backup has are taken over after their bytes were compared. */
export async function readWholeTable(
  copying: Copying,
  client: Client,
  table: Table,
  identified: IdentifiedTable | null,
): Promise<TableRead> {
  const earlier = earlierTable(copying.request.previous, table);
  const source = { client, table, identified };
  const matched = earlier && (await copyOnce(copying, source, earlier));
  // Again, without the last backup, if the rope does not read back what COPY gave.
  const copied = matched ?? (await copyOnce(copying, source, null));
  if (!copied) throw notAsRead(table);
  return { comparedBytes: 0, finished: heardLater(finishWhole(table, identified, copied)) };
}

interface WholeSource {
  readonly client: Client;
  readonly table: Table;
  readonly identified: IdentifiedTable | null;
}

interface CopiedRows {
  readonly copied: CopiedText;
  readonly builder: RopeBuilder;
  readonly parts: MapParts;
}

/** Null where the rope does not read back what COPY gave. */
async function copyOnce(
  { request, snapshot, writer, progress }: Copying,
  { client, table, identified }: WholeSource,
  earlier: ManifestTable | null,
): Promise<CopiedRows | null> {
  const { schema } = snapshot;
  const parts: MapParts = [];
  const source = identified
    ? readWhole(tableReader(client, schema, table, identified, request.signal), parts)
    : copyOut(client, copyStatement(schema, table), request.signal);
  const measured = measure(source, progress);
  const builder = await buildRope({ ...request, writer }, measured.rows, earlier);
  const copied = measured.total();
  if (earlier && builder.readBackSha256() !== copied.sha256) return null;
  return { copied, builder, parts };
}

async function finishWhole(
  table: Table,
  identified: IdentifiedTable | null,
  { copied, builder, parts }: CopiedRows,
) {
  const { name, columns } = table;
  const { refs, rows, bytes, digest } = await builder.finish();
  if (rows !== copied.rows || bytes !== copied.bytes) throw notAsRead(table);
  const map = identified && {
    identity: identityOf(identified),
    rope: digest,
    parts: await Promise.all(parts),
  };
  return { table: { name, columns, ...copied, digest, rope: refs }, map };
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

function notAsRead(table: Table): FiberkeepError {
  return new FiberkeepError('TEST_FAILED', {
    reason: 'tableNotReadBack',
    params: { table: table.name },
  });
}

/** A failure before anybody awaits the promise is not an unhandled one. */
function heardLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
