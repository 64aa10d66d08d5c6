import { type Client, escapeIdentifier } from 'pg';
import { qualified } from '../postgres/snapshot.ts';
import { type ScratchTable, type Side, sides, sideTable } from './scratch.ts';

/** How many rows of a table only the one side has, how many only the other, and how many both have, otherwise. */
export interface TableCounts {
  readonly table: string;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/**
 * Removes from both sides the rows that are equal: backups may hold the same rows in different chunks. What is left
 * differs. Indexes the sides by key and counts. Rows count as equal where all their values have the same bytes
 * (`*=`), which is defined for every type.
 */
export async function settleTable(
  client: Client,
  schema: string,
  table: ScratchTable,
): Promise<TableCounts> {
  const of = (side: Side) => qualified(schema, sideTable(side, table.name));
  if (!table.key) return settleWithoutKey(client, table, of);
  const key = table.key.map(({ name }) => escapeIdentifier(name));
  await client.query(`ANALYZE ${of('before')}, ${of('after')}`);
  await client.query(
    `WITH same AS MATERIALIZED (
       SELECT b.ctid AS before, a.ctid AS after FROM ${of('before')} b JOIN ${of('after')} a ON ${joined(key)}
        WHERE b *= a),
     gone AS (DELETE FROM ${of('before')} b USING same s WHERE b.ctid = s.before)
     DELETE FROM ${of('after')} a USING same s WHERE a.ctid = s.after`,
  );
  for (const side of sides) await client.query(`CREATE INDEX ON ${of(side)} (${key.join(', ')})`);
  await client.query(`ANALYZE ${of('before')}, ${of('after')}`);
  const { rows } = await client.query<{ before: number; after: number; both: number }>(
    `SELECT (SELECT count(*) FROM ${of('before')})::float8 AS before,
            (SELECT count(*) FROM ${of('after')})::float8 AS after,
            (SELECT count(*) FROM ${of('before')} b JOIN ${of('after')} a ON ${joined(key)})::float8 AS both`,
  );
  const { before, after, both } = rows[0] ?? { before: 0, after: 0, both: 0 };
  return { table: table.name, added: after - both, changed: both, removed: before - both };
}

/** The condition that joins `b` and `a` by their keys. */
function joined(key: readonly string[]): string {
  return key.map((column) => `b.${column} = a.${column}`).join(' AND ');
}

/** Without a key no row is the same as another, but as often as it stands there: none is changed. */
async function settleWithoutKey(
  client: Client,
  table: ScratchTable,
  of: (side: Side) => string,
): Promise<TableCounts> {
  const numbered = (side: Side) =>
    `SELECT r.ctid AS place, r::text AS value, row_number() OVER (PARTITION BY r::text) AS nth FROM ${of(side)} r`;
  await client.query(
    `WITH same AS MATERIALIZED (
       SELECT b.place AS before, a.place AS after
         FROM (${numbered('before')}) b JOIN (${numbered('after')}) a USING (value, nth)),
     gone AS (DELETE FROM ${of('before')} b USING same s WHERE b.ctid = s.before)
     DELETE FROM ${of('after')} a USING same s WHERE a.ctid = s.after`,
  );
  const { rows } = await client.query<{ added: number; removed: number }>(
    `SELECT (SELECT count(*) FROM ${of('after')})::float8 AS added,
            (SELECT count(*) FROM ${of('before')})::float8 AS removed`,
  );
  const { added, removed } = rows[0] ?? { added: 0, removed: 0 };
  return { table: table.name, added, changed: 0, removed };
}
