import { type Client, escapeIdentifier } from 'pg';
import { qualified } from '../postgres/snapshot.ts';
import { rowAlias, type ScratchTable, type Side, sides, sideTable } from './scratch.ts';

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
  const [b, a] = [rowAlias(table, 'b'), rowAlias(table, 'a')];
  const key = table.key.map(({ name }) => escapeIdentifier(name));
  const both = `${of('before')} ${b} JOIN ${of('after')} ${a}
    ON ${key.map((column) => `${b}.${column} = ${a}.${column}`).join(' AND ')}`;
  await client.query(`ANALYZE ${of('before')}, ${of('after')}`);
  await client.query(
    `WITH same AS MATERIALIZED (SELECT ${b}.ctid AS before, ${a}.ctid AS after FROM ${both} WHERE ${b} *= ${a}),
     ${goneFromBoth(of)}`,
  );
  for (const side of sides) await client.query(`CREATE INDEX ON ${of(side)} (${key.join(', ')})`);
  await client.query(`ANALYZE ${of('before')}, ${of('after')}`);
  const { rows } = await client.query<{ before: number; after: number; both: number }>(
    `SELECT (SELECT count(*) FROM ${of('before')})::float8 AS before,
            (SELECT count(*) FROM ${of('after')})::float8 AS after,
            (SELECT count(*) FROM ${both})::float8 AS both`,
  );
  const counts = rows[0] ?? { before: 0, after: 0, both: 0 };
  return {
    table: table.name,
    added: counts.after - counts.both,
    changed: counts.both,
    removed: counts.before - counts.both,
  };
}

/** Deletes the rows of `same` from both sides. */
function goneFromBoth(of: (side: Side) => string): string {
  return `gone AS (DELETE FROM ${of('before')} x USING same s WHERE x.ctid = s.before)
     DELETE FROM ${of('after')} x USING same s WHERE x.ctid = s.after`;
}

/** Without a key no row is the same as another, but as often as it stands there: none is changed. */
async function settleWithoutKey(
  client: Client,
  table: ScratchTable,
  of: (side: Side) => string,
): Promise<TableCounts> {
  const r = rowAlias(table, 'r');
  const numbered = (side: Side) =>
    `SELECT ${r}.ctid AS place, ${r}::text AS value, row_number() OVER (PARTITION BY ${r}::text) AS nth
       FROM ${of(side)} ${r}`;
  await client.query(
    `WITH same AS MATERIALIZED (
       SELECT b.place AS before, a.place AS after
         FROM (${numbered('before')}) b JOIN (${numbered('after')}) a USING (value, nth)),
     ${goneFromBoth(of)}`,
  );
  const { rows } = await client.query<{ added: number; removed: number }>(
    `SELECT (SELECT count(*) FROM ${of('after')})::float8 AS added,
            (SELECT count(*) FROM ${of('before')})::float8 AS removed`,
  );
  const { added, removed } = rows[0] ?? { added: 0, removed: 0 };
  return { table: table.name, added, changed: 0, removed };
}
