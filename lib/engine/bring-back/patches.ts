import { escapeLiteral } from 'pg';
import {
  deedsByTable,
  ITEMS,
  isChild,
  isItem,
  type KeyedTable,
  liveTable,
  type Places,
  sameKey,
  sideOf,
  tableNamed,
} from './items.ts';
import type { Reference } from './references.ts';
import type { Sql } from './sql.ts';

export interface Patching {
  /** A changed row gets all its values of before, also those that people changed since in other fields. */
  readonly wholeRows: boolean;
  /** Values that every updated row gets where it has such a column: who changed it, and when. */
  readonly stamps: Readonly<Record<string, string | null>>;
}

/** Locks the rows that are there, and decides what each item's row gets. */
export async function decidePatches(sql: Sql, places: Places, patching: Patching): Promise<void> {
  for (const name of (await deedsByTable(sql)).keys()) {
    const table = tableNamed(places, name);
    if (!table) continue;
    await lockRows(sql, places, table);
    if (!places.differing.has(name)) continue;
    await patchCreated(sql, places, table);
    await patchUpdated(sql, places, table, patching);
    await spareChanged(sql, places, table, patching);
  }
  await settleReferences(sql, places);
  await stampUpdated(sql, places, patching);
}

async function lockRows(sql: Sql, places: Places, table: KeyedTable): Promise<void> {
  await sql.rows(
    `UPDATE ${ITEMS} i SET was = found.was
       FROM (SELECT o.key, to_jsonb(l) AS was FROM ${ITEMS} o
               JOIN ${liveTable(places, table.name)} l ON ${isItem(table, 'l', 'o')}
              WHERE o.table_name = ${escapeLiteral(table.name)} FOR UPDATE OF l) AS found
      WHERE i.table_name = ${escapeLiteral(table.name)} AND i.key = found.key`,
  );
}

async function patchCreated(sql: Sql, places: Places, table: KeyedTable): Promise<void> {
  await sql.rows(
    `UPDATE ${ITEMS} i SET patch = to_jsonb(b)
       FROM ${sideOf(places, 'before', table.name)} b
      WHERE i.table_name = ${escapeLiteral(table.name)} AND i.deed = 'CREATE' AND ${isItem(table, 'b', 'i')}`,
  );
}

/** Field by field: what differs between the sides goes back, unless people changed it since. */
async function patchUpdated(
  sql: Sql,
  places: Places,
  table: KeyedTable,
  { wholeRows, stamps }: Patching,
): Promise<void> {
  const untouched = [...Object.keys(stamps), ...table.key.map(({ name }) => name)];
  const isStill = `i.was -> f.key IS NOT DISTINCT FROM to_jsonb(a) -> f.key`;
  const goesBack = wholeRows
    ? `f.value IS DISTINCT FROM i.was -> f.key`
    : `f.value IS DISTINCT FROM to_jsonb(a) -> f.key AND ${isStill}`;
  const stays = `${!wholeRows} AND f.value IS DISTINCT FROM to_jsonb(a) -> f.key AND NOT (${isStill})
    AND f.value IS DISTINCT FROM i.was -> f.key`;
  await sql.rows(
    `UPDATE ${ITEMS} i SET patch = coalesce(i.patch, '{}') || coalesce(found.patch, '{}'), kept = found.kept
       FROM (SELECT i.key,
                    jsonb_object_agg(f.key, f.value) FILTER (WHERE ${goesBack}) AS patch,
                    coalesce(array_agg(f.key) FILTER (WHERE ${stays}), '{}') AS kept
               FROM ${ITEMS} i
               JOIN ${sideOf(places, 'before', table.name)} b ON ${isItem(table, 'b', 'i')}
               JOIN ${sideOf(places, 'after', table.name)} a ON ${sameKey(table, 'a', 'b')}
              CROSS JOIN LATERAL jsonb_each(to_jsonb(b)) f
              WHERE i.table_name = ${escapeLiteral(table.name)} AND i.deed = 'UPDATE' AND i.why = 'CHOSEN'
                AND f.key = ANY ($1::text[]) AND f.key <> ALL ($2::text[])
              GROUP BY i.key) AS found
      WHERE i.table_name = ${escapeLiteral(table.name)} AND i.key = found.key`,
    [table.columns, untouched],
  );
}

/** A new row that people changed since is not removed. */
async function spareChanged(
  sql: Sql,
  places: Places,
  table: KeyedTable,
  { wholeRows }: Patching,
): Promise<void> {
  if (wholeRows) return;
  await sql.rows(
    `UPDATE ${ITEMS} i SET deed = 'BLOCKED', blocked_by = 'CHANGED'
       FROM ${sideOf(places, 'after', table.name)} a
            -- OFFSET 0: written out once a row, not once a field.
            CROSS JOIN LATERAL (SELECT to_jsonb(a) AS row OFFSET 0) written
      WHERE i.table_name = ${escapeLiteral(table.name)} AND i.deed = 'REMOVE' AND i.why = 'CHOSEN'
        AND ${isItem(table, 'a', 'i')} AND written.row <> (SELECT jsonb_object_agg(f.key, f.value)
              FROM jsonb_each(i.was) f WHERE written.row ? f.key)`,
  );
}

/**
 * References to rows that are not there, and do not come back: optional ones become empty, and what cannot be without
 * is blocked. What others cannot be without does not go. Runs until nothing changes.
 */
export async function settleReferences(sql: Sql, places: Places): Promise<void> {
  let changed = 1;
  while (changed > 0) {
    changed = 0;
    const deeds = await deedsByTable(sql);
    for (const reference of places.references) {
      const { child: childName, parent: parentName, required, onDelete } = reference;
      const [child, parent] = [tableNamed(places, childName), tableNamed(places, parentName)];
      if (!child || !parent) continue;
      if (deeds.get(childName)?.has('CREATE') || deeds.get(childName)?.has('UPDATE')) {
        const settle = required ? blockOrphans : emptyReferences;
        changed += await settle(sql, places, reference, parent);
      }
      if (onDelete === 'RESTRICT' && deeds.get(parentName)?.has('REMOVE'))
        changed += await spareParents(sql, places, reference, { child, parent });
    }
    changed += await spareParts(sql);
  }
}

/** Whether the row that item `i`'s patch names is not there in the end. */
function isMissing(places: Places, { columns, parentColumns }: Reference, parent: KeyedTable) {
  const key = parentColumns.map((_, at) => `i.patch ->> ${escapeLiteral(columns[at] ?? '')}`);
  const named = columns.map((column) => `i.patch ->> ${escapeLiteral(column)} IS NOT NULL`);
  const typed = parent.key.map(({ name, type }) => {
    const at = parentColumns.indexOf(name);
    return `l."${name}" = (${key[at] ?? 'NULL'})::${type}`;
  });
  const itemKey = `ARRAY[${parent.key.map(({ name }) => key[parentColumns.indexOf(name)] ?? 'NULL').join(', ')}]`;
  const item = (deed: string) =>
    `EXISTS (SELECT FROM ${ITEMS} o WHERE o.table_name = ${escapeLiteral(parent.name)} AND o.deed = '${deed}' AND o.key = ${itemKey})`;
  return `${named.join(' AND ')} AND NOT ${item('CREATE')} AND (${item('REMOVE')}
    OR NOT EXISTS (SELECT FROM ${liveTable(places, parent.name)} l WHERE ${typed.join(' AND ')}))`;
}

async function count(sql: Sql, update: string): Promise<number> {
  return (await sql.rows(`${update} RETURNING 1 AS one`)).length;
}

function blockOrphans(sql: Sql, places: Places, reference: Reference, parent: KeyedTable) {
  const missing = isMissing(places, reference, parent);
  return count(
    sql,
    `UPDATE ${ITEMS} i SET deed = 'BLOCKED', blocked_by = ${escapeLiteral(parent.name)}
      WHERE table_name = ${escapeLiteral(reference.child)} AND deed IN ('CREATE', 'UPDATE') AND ${missing}`,
  );
}

function emptyReferences(sql: Sql, places: Places, reference: Reference, parent: KeyedTable) {
  const { columns } = reference;
  const names = `ARRAY[${columns.map(escapeLiteral).join(', ')}]`;
  const empty = `jsonb_build_object(${columns.map((column) => `${escapeLiteral(column)}, NULL`).join(', ')})`;
  return count(
    sql,
    `UPDATE ${ITEMS} i
        SET patch = CASE WHEN deed = 'CREATE' THEN patch || ${empty} ELSE patch - ${names} END,
            emptied = CASE WHEN deed = 'CREATE' THEN emptied || ${names} ELSE emptied END,
            kept = CASE WHEN deed = 'CREATE' THEN kept ELSE kept || ${names} END
      WHERE table_name = ${escapeLiteral(reference.child)} AND deed IN ('CREATE', 'UPDATE')
        AND ${isMissing(places, reference, parent)}`,
  );
}

function spareParents(
  sql: Sql,
  places: Places,
  reference: Reference,
  { child, parent }: { child: KeyedTable; parent: KeyedTable },
) {
  return count(
    sql,
    `UPDATE ${ITEMS} i SET deed = 'BLOCKED', blocked_by = ${escapeLiteral(child.name)}
      WHERE table_name = ${escapeLiteral(parent.name)} AND deed = 'REMOVE' AND EXISTS (
        SELECT FROM ${liveTable(places, parent.name)} p
          JOIN ${liveTable(places, child.name)} c ON ${isChild(reference, 'c', 'p')}
         WHERE ${isItem(parent, 'p', 'i')} AND NOT EXISTS (
           SELECT FROM ${ITEMS} o WHERE o.table_name = ${escapeLiteral(child.name)} AND o.deed = 'REMOVE'
              AND ${isItem(child, 'c', 'o')}))`,
  );
}

/** What would only go because another row goes stays with it, and so does what only names it. */
function spareParts(sql: Sql): Promise<number> {
  return count(
    sql,
    `UPDATE ${ITEMS} i SET deed = 'SAME' FROM ${ITEMS} cause
      WHERE cause.table_name = i.cause_table AND cause.key = i.cause_key
        AND (cause.deed IN ('BLOCKED', 'HERE', 'GONE') OR cause.deed = 'SAME' AND cause.why <> 'CHOSEN')
        AND i.why IN ('BELONGS', 'LINK') AND i.deed IN ('REMOVE', 'UPDATE')`,
  );
}

/** Stamps are written as the table itself would say them, because what was written is compared with the patch. */
async function stampUpdated(sql: Sql, places: Places, { stamps }: Patching): Promise<void> {
  await sql.rows(
    `UPDATE ${ITEMS} SET deed = 'SAME' WHERE deed = 'UPDATE' AND coalesce(patch, '{}') = '{}'`,
  );
  const stamped = `SELECT jsonb_object_agg(f.key, f.value) FROM jsonb_each(to_jsonb(r)) f WHERE f.key = ANY ($3::text[])`;
  for (const { name, columns } of places.tables) {
    const known = Object.entries(stamps).filter(([column]) => columns.includes(column));
    if (known.length > 0)
      await sql.rows(
        `UPDATE ${ITEMS} SET patch = patch || (${stamped})
           FROM jsonb_populate_record(NULL::${liveTable(places, name)}, $1::jsonb) r
          WHERE table_name = $2 AND deed = 'UPDATE'`,
        [JSON.stringify(Object.fromEntries(known)), name, known.map(([column]) => column)],
      );
  }
}
