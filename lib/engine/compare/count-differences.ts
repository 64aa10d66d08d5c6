import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';
import { MIGRATIONS_TABLE } from '../postgres/introspect.ts';
import { qualified } from '../postgres/snapshot.ts';
import type { TableCounts } from './equal-rows.ts';

/** Two schemas of one database that hold the same tables at two moments. */
export interface TwoStates {
  readonly before: string;
  readonly after: string;
}

interface CommonTable {
  readonly name: string;
  /** That both have. */
  readonly columns: readonly string[];
  /** Of the primary key. */
  readonly key: readonly string[];
}

/**
 * How the tables that two schemas have in common differ, counted by PostgreSQL itself row by row: by their keys and by
 * the text of their rows. Reads all of both. Tables without a key are left out.
 */
export async function countDifferences(
  client: ClientBase,
  states: TwoStates,
): Promise<TableCounts[]> {
  const found: TableCounts[] = [];
  for (const table of await commonTables(client, states))
    found.push(await differencesOf(client, states, table));
  return found;
}

async function commonTables(
  client: ClientBase,
  { before, after }: TwoStates,
): Promise<CommonTable[]> {
  const { rows } = await client.query<CommonTable>(
    `SELECT c.relname::text AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns,
            array_agg(a.attname::text) FILTER (WHERE a.attnum = ANY (x.indkey)) AS key
       FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_index x ON x.indrelid = c.oid AND x.indisprimary
       JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       JOIN pg_catalog.pg_class o ON o.relname = c.relname AND o.relkind = 'r'
       JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace AND n.nspname = $2
       JOIN pg_catalog.pg_attribute b ON b.attrelid = o.oid AND b.attname = a.attname AND NOT b.attisdropped
      WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $1) AND c.relkind = 'r'
        AND c.relname <> $3
      GROUP BY c.oid, c.relname, x.indnkeyatts
     HAVING count(*) FILTER (WHERE a.attnum = ANY (x.indkey)) = x.indnkeyatts
      ORDER BY 1`,
    [before, after, MIGRATIONS_TABLE],
  );
  return rows;
}

async function differencesOf(
  client: ClientBase,
  states: TwoStates,
  { name, columns, key }: CommonTable,
): Promise<TableCounts> {
  const keys = key.map(escapeIdentifier).join(', ');
  const row = `ROW(${columns.map(escapeIdentifier).join(', ')})`;
  const digests = (schema: string) =>
    `(SELECT ${keys}, hashtextextended(${row}::text COLLATE "C", 0) AS "row digest" FROM ${qualified(schema, name)})`;
  const { rows } = await client.query<TableCounts>(
    `SELECT ${escapeLiteral(name)} AS table,
            (count(*) FILTER (WHERE b."row digest" IS NULL))::float8 AS added,
            (count(*) FILTER (WHERE b."row digest" <> a."row digest"))::float8 AS changed,
            (count(*) FILTER (WHERE a."row digest" IS NULL))::float8 AS removed
       FROM ${digests(states.before)} b FULL JOIN ${digests(states.after)} a USING (${keys})`,
  );
  const [counts] = rows;
  if (!counts) throw new RangeError(`No count of ${name}`);
  return counts;
}
