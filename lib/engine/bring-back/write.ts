import { escapeIdentifier, escapeLiteral } from 'pg';
import { FiberkeepError } from '#errors';
import {
  deedsByTable,
  ITEMS,
  isItem,
  type KeyedTable,
  keyOf,
  liveTable,
  type Places,
} from './items.ts';
import { parentsFirst } from './references.ts';
import type { Sql } from './sql.ts';

/**
 * Does what the items say: removes children before their parents, creates parents before their children, then updates.
 * Reads every row again. Throws NOT_AS_ANNOUNCED where the plant is not as the items say then.
 */
export async function writeItems(sql: Sql, places: Places): Promise<void> {
  const deeds = await deedsByTable(sql);
  const names = parentsFirst(
    places.tables.map(({ name }) => name),
    places.references,
  );
  const order = names.flatMap((name) => places.tables.find((table) => table.name === name) ?? []);
  const having = (deed: string) => order.filter(({ name }) => deeds.get(name)?.has(deed));
  for (const table of having('REMOVE').reverse()) await removeRows(sql, places, table);
  for (const table of having('CREATE')) await createRows(sql, places, table);
  for (const table of having('UPDATE')) await updateRows(sql, places, table);
  for (const table of order) if (deeds.has(table.name)) await readAgain(sql, places, table);
  await assertAsAnnounced(sql);
}

async function removeRows(sql: Sql, places: Places, table: KeyedTable): Promise<void> {
  await sql.rows(
    `DELETE FROM ${liveTable(places, table.name)} l USING ${ITEMS} i
      WHERE i.table_name = ${escapeLiteral(table.name)} AND i.deed = 'REMOVE' AND ${isItem(table, 'l', 'i')}`,
  );
}

/** Columns that the earlier side had not keep their defaults. */
async function createRows(sql: Sql, places: Places, table: KeyedTable): Promise<void> {
  const live = liveTable(places, table.name);
  const columns = await patchedColumns(sql, table, 'CREATE');
  await sql.rows(
    `INSERT INTO ${live} (${columns.join(', ')})
     SELECT ${columns.map((column) => `r.${column}`).join(', ')} FROM ${ITEMS} i
      CROSS JOIN LATERAL jsonb_populate_record(NULL::${live}, i.patch) r
      WHERE i.table_name = ${escapeLiteral(table.name)} AND i.deed = 'CREATE'`,
  );
}

async function updateRows(sql: Sql, places: Places, table: KeyedTable): Promise<void> {
  const live = liveTable(places, table.name);
  const columns = await patchedColumns(sql, table, 'UPDATE');
  await sql.rows(
    `UPDATE ${live} l SET ${columns.map((column) => `${column} = r.${column}`).join(', ')}
       FROM ${ITEMS} i
      CROSS JOIN LATERAL jsonb_populate_record(NULL::${live}, i.was || i.patch) r
      WHERE i.table_name = ${escapeLiteral(table.name)} AND i.deed = 'UPDATE' AND ${isItem(table, 'l', 'i')}`,
  );
}

async function patchedColumns(sql: Sql, table: KeyedTable, deed: string): Promise<string[]> {
  const rows = await sql.rows<{ name: string }>(
    `SELECT DISTINCT f.name FROM ${ITEMS} i CROSS JOIN LATERAL jsonb_object_keys(i.patch) AS f (name)
      WHERE i.table_name = $1 AND i.deed = $2`,
    [table.name, deed],
  );
  const patched = new Set(rows.map(({ name }) => name));
  return table.columns.filter((column) => patched.has(column)).map(escapeIdentifier);
}

async function readAgain(sql: Sql, places: Places, table: KeyedTable): Promise<void> {
  await sql.rows(
    `UPDATE ${ITEMS} i SET now = to_jsonb(l) FROM ${liveTable(places, table.name)} l
      WHERE i.table_name = ${escapeLiteral(table.name)} AND ${keyOf(table, 'l')} = i.key AND ${isItem(table, 'l', 'i')}`,
  );
}

async function assertAsAnnounced(sql: Sql): Promise<void> {
  const [row] = await sql.rows<{ wrong: number }>(
    `SELECT count(*)::float8 AS wrong FROM ${ITEMS}
      WHERE CASE deed WHEN 'REMOVE' THEN now IS NOT NULL
                      WHEN 'CREATE' THEN now IS NULL OR NOT now @> patch
                      WHEN 'UPDATE' THEN now IS NULL OR NOT now @> patch ELSE false END`,
  );
  const rows = row?.wrong ?? 0;
  if (rows > 0)
    throw new FiberkeepError('INTERNAL', { reason: 'notAsAnnounced', params: { rows } });
}
