import { createHash } from 'node:crypto';
import { type ClientBase, escapeIdentifier } from 'pg';
import type { Manifest, ManifestTable, TableShape } from '../ports.ts';
import { qualified } from '../postgres/snapshot.ts';

export const sides = ['before', 'after'] as const;
export type Side = (typeof sides)[number];

/** A table as the scratch schema has it: both sides with the same columns, without constraints. */
export interface ScratchTable {
  readonly name: string;
  /** That both sides have, in the order of the later one. */
  readonly columns: readonly string[];
  /** Of the primary key of today; null without one. */
  readonly key: readonly KeyColumn[] | null;
}

export interface KeyColumn {
  readonly name: string;
  /** As SQL writes it. */
  readonly type: string;
}

/** The two states of a table, null where a side has no such table. */
export interface TablePair {
  readonly name: string;
  readonly before: ManifestTable | null;
  readonly after: ManifestTable | null;
}

/** As much of a pair as its sides are made by. */
export interface PairShape {
  readonly name: string;
  readonly before: TableShape | null;
  readonly after: TableShape | null;
}

/** The tables of two backups, by name. */
export function tablePairs(before: Manifest, after: Manifest): TablePair[] {
  const find = ({ tables }: Manifest, name: string) =>
    tables.find((table) => table.name === name) ?? null;
  const names = new Set([...before.tables, ...after.tables].map(({ name }) => name));
  return [...names]
    .sort()
    .map((name) => ({ name, before: find(before, name), after: find(after, name) }));
}

/** A name for whole rows of the table in SQL: one that no column has, or it would mean the column. */
export function rowAlias({ columns }: Pick<ScratchTable, 'columns'>, wish: string): string {
  return columns.includes(wish) ? rowAlias({ columns }, `${wish}_`) : wish;
}

/** PostgreSQL cuts longer names. */
const MOST_NAME_BYTES = 63;

/** The name of a table's side in the scratch schema: `before_pole`, `after_pole`; of a long one with a digest. */
export function sideTable(side: Side, table: string): string {
  const name = `${side}_${table}`;
  if (Buffer.byteLength(name) <= MOST_NAME_BYTES) return name;
  const digest = createHash('sha256').update(table).digest('hex').slice(0, 32);
  return `${side}_${digest}`;
}

/**
 * Makes the sides of a table, empty and typed as the plant of now has them. What the plant has not is text.
 */
export async function createSides(
  client: ClientBase,
  place: { readonly plant: string; readonly schema: string },
  pair: PairShape,
): Promise<ScratchTable> {
  const { name } = pair;
  const known = await plantTable(client, place.plant, name);
  const columns = commonColumns(pair);
  const list = columns.map((column) => {
    const quoted = escapeIdentifier(column);
    return known?.columns.includes(column) ? quoted : `NULL::text AS ${quoted}`;
  });
  const from = known ? ` FROM ${qualified(place.plant, name)}` : '';
  for (const side of sides)
    await client.query(
      `CREATE UNLOGGED TABLE ${qualified(place.schema, sideTable(side, name))}
           AS SELECT ${list.join(', ')}${from} WITH NO DATA`,
    );
  const key = known?.key ?? null;
  const isWhole = key?.every((column) => columns.includes(column.name)) ?? false;
  return { name, columns, key: isWhole ? key : null };
}

function commonColumns({ before, after }: PairShape): readonly string[] {
  const columns = (after ?? before)?.columns ?? [];
  return before ? columns.filter((column) => before.columns.includes(column)) : columns;
}

/** Columns and primary key of a table of the plant; null where it is gone. */
async function plantTable(
  client: ClientBase,
  plant: string,
  name: string,
): Promise<{ columns: string[]; key: KeyColumn[] | null } | null> {
  const { rows } = await client.query<{ columns: string[]; key: KeyColumn[] | null }>(
    `SELECT array_agg(a.attname::text) AS columns,
            (SELECT json_agg(json_build_object('name', k.attname,
                      'type', pg_catalog.format_type(k.atttypid, k.atttypmod))
                      ORDER BY array_position(x.indkey::int2[], k.attnum))
               FROM pg_catalog.pg_index x
               JOIN pg_catalog.pg_attribute k ON k.attrelid = x.indrelid AND k.attnum = ANY (x.indkey)
              WHERE x.indrelid = c.oid AND x.indisprimary) AS key
       FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind = 'r'
      GROUP BY c.oid`,
    [plant, name],
  );
  return rows[0] ?? null;
}
