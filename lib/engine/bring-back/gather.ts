import { escapeIdentifier, escapeLiteral } from 'pg';
import {
  deedsByTable,
  ITEMS,
  isChild,
  isItem,
  type KeyedTable,
  keyOf,
  liveTable,
  type Places,
  sameKey,
  sideOf,
  tableNamed,
} from './items.ts';
import type { Reference } from './references.ts';
import type { Sql } from './sql.ts';

/** Which of the chosen rows are acted on, by what happened to them since the earlier side. */
export interface Ticks {
  /** Rows that were removed come back. */
  readonly create: boolean;
  /** Fields that were changed go back. */
  readonly update: boolean;
  /** Rows that are new go. */
  readonly remove: boolean;
}

/** A query for `table_name`, `key` (text[]) and `kind` (ADDED, CHANGED, REMOVED) of the rows that a person chose. */
export interface Chosen {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * Enters the rows that were chosen, and those that must come or go with them: what a row cannot be without, what is
 * part of it, and what names it.
 */
export async function gatherItems(
  sql: Sql,
  places: Places,
  chosen: Chosen,
  ticks: Ticks,
): Promise<void> {
  await enterChosen(sql, places, chosen, ticks);
  while ((await gatherRound(sql, places)) > 0);
  await enterLinks(sql, places);
  for (const table of places.tables)
    if (places.fading.has(table.name)) await enterFading(sql, places, table);
}

async function enterChosen(
  sql: Sql,
  places: Places,
  { text, values }: Chosen,
  { create, update, remove }: Ticks,
): Promise<void> {
  const kinds = [create && 'REMOVED', update && 'CHANGED', remove && 'ADDED'].filter(Boolean);
  const names = places.tables.map(({ name }) => name);
  await sql.rows(
    `INSERT INTO ${ITEMS} (table_name, key, deed, why)
     SELECT c.table_name, c.key,
            CASE c.kind WHEN 'REMOVED' THEN 'CREATE' WHEN 'CHANGED' THEN 'UPDATE' ELSE 'REMOVE' END, 'CHOSEN'
       FROM (${text}) AS c
      WHERE c.kind = ANY ($${values.length + 1}::text[])
        AND c.table_name = ANY ($${values.length + 2}::text[])`,
    [...values, kinds, names],
  );
  await sql.rows(`ANALYZE ${ITEMS}`);
  for (const name of (await deedsByTable(sql)).keys()) {
    const table = tableNamed(places, name);
    if (table) await settleChosen(sql, places, table, create);
  }
}

/** The plant may have changed since the sides were read: a row came back already, or is gone by now. */
async function settleChosen(
  sql: Sql,
  places: Places,
  table: KeyedTable,
  create: boolean,
): Promise<void> {
  const isHere = `EXISTS (SELECT FROM ${liveTable(places, table.name)} l WHERE ${isItem(table, 'l', 'i')})`;
  await sql.rows(
    `UPDATE ${ITEMS} i
        SET deed = CASE WHEN deed = 'CREATE' THEN 'HERE'
                        WHEN deed = 'UPDATE' AND ${create} THEN 'CREATE' ELSE 'GONE' END
      WHERE table_name = ${escapeLiteral(table.name)}
        AND CASE WHEN deed = 'CREATE' THEN ${isHere} ELSE NOT ${isHere} END`,
  );
}

/** Answers how many rows it entered. */
async function gatherRound(sql: Sql, places: Places): Promise<number> {
  let entered = 0;
  let deeds = await deedsByTable(sql);
  for (const reference of places.references) {
    const round = [
      deeds.get(reference.child)?.has('CREATE') ? parentsOf(places, reference) : null,
      deeds.has(reference.parent) ? partsOf(places, reference) : null,
      deeds.get(reference.parent)?.has('UPDATE') ? linksThatGo(places, reference) : null,
      deeds.get(reference.parent)?.has('REMOVE') ? dependentsOf(places, reference) : null,
    ];
    for (const select of round) {
      const rows = select ? await enter(sql, select) : 0;
      entered += rows;
      if (rows > 0) deeds = await deedsByTable(sql);
    }
  }
  return entered;
}

async function enter(sql: Sql, select: string): Promise<number> {
  const rows = await sql.rows(
    `INSERT INTO ${ITEMS} (table_name, key, deed, why, cause_table, cause_key) ${select}
     ON CONFLICT DO NOTHING RETURNING 1 AS one`,
  );
  return rows.length;
}

interface Ends {
  readonly child: KeyedTable;
  readonly parent: KeyedTable;
}

function endsOf(places: Places, reference: Reference): Ends | null {
  const child = tableNamed(places, reference.child);
  const parent = tableNamed(places, reference.parent);
  return child && parent ? { child, parent } : null;
}

function bothDiffer({ differing }: Places, { child, parent }: Ends): boolean {
  return differing.has(child.name) && differing.has(parent.name);
}

function columnsOf({ name }: KeyedTable, key: string, deed: string, why: string): string {
  return `DISTINCT ON (${key}) ${escapeLiteral(name)}, ${key}, '${deed}', '${why}', i.table_name, i.key`;
}

/** What rows that come back cannot be without, and what is gone. */
function parentsOf(places: Places, reference: Reference): string | null {
  const ends = endsOf(places, reference);
  if (!ends || !reference.required || !bothDiffer(places, ends)) return null;
  const { child, parent } = ends;
  const live = liveTable(places, parent.name);
  return `
    SELECT ${columnsOf(parent, keyOf(parent, 'p'), 'CREATE', 'NEEDED')} FROM ${ITEMS} i
      JOIN ${sideOf(places, 'before', child.name)} c ON ${isItem(child, 'c', 'i')}
      JOIN ${sideOf(places, 'before', parent.name)} p ON ${isChild(reference, 'c', 'p')}
     WHERE i.table_name = ${escapeLiteral(child.name)} AND i.deed = 'CREATE'
       AND NOT EXISTS (SELECT FROM ${live} l WHERE ${isChild(reference, 'c', 'l')})`;
}

/**
 * What was part of rows that come back, and went with them. Also the links of a row whose fields go back: rows whose
 * key is made of references.
 */
function partsOf(places: Places, reference: Reference): string | null {
  const ends = endsOf(places, reference);
  if (!ends || reference.onDelete !== 'CASCADE' || !bothDiffer(places, ends)) return null;
  const { child, parent } = ends;
  const owners = reference.inKey ? `'CREATE', 'UPDATE'` : `'CREATE'`;
  return `
    SELECT ${columnsOf(child, keyOf(child, 'c'), 'CREATE', 'BELONGS')} FROM ${ITEMS} i
      JOIN ${sideOf(places, 'before', parent.name)} p ON ${isItem(parent, 'p', 'i')}
      JOIN ${sideOf(places, 'before', child.name)} c ON ${isChild(reference, 'c', 'p')}
     WHERE i.table_name = ${escapeLiteral(parent.name)} AND i.deed IN (${owners}) AND i.why <> 'LINK'
       AND NOT EXISTS (SELECT FROM ${liveTable(places, child.name)} l WHERE ${sameKey(child, 'l', 'c')})`;
}

/** The links that a row whose fields go back did not have. */
function linksThatGo(places: Places, reference: Reference): string | null {
  const ends = endsOf(places, reference);
  if (!ends || reference.onDelete !== 'CASCADE' || !reference.inKey || !bothDiffer(places, ends))
    return null;
  const { child, parent } = ends;
  return `
    SELECT ${columnsOf(child, keyOf(child, 'c'), 'REMOVE', 'BELONGS')} FROM ${ITEMS} i
      JOIN ${sideOf(places, 'after', parent.name)} p ON ${isItem(parent, 'p', 'i')}
      JOIN ${sideOf(places, 'after', child.name)} c ON ${isChild(reference, 'c', 'p')}
     WHERE i.table_name = ${escapeLiteral(parent.name)} AND i.deed = 'UPDATE' AND i.why <> 'LINK'
       AND NOT EXISTS (SELECT FROM ${sideOf(places, 'before', child.name)} b WHERE ${sameKey(child, 'b', 'c')})
       AND EXISTS (SELECT FROM ${liveTable(places, child.name)} l WHERE ${sameKey(child, 'l', 'c')})`;
}

/** What the plant would delete together with rows that go. */
function dependentsOf(places: Places, reference: Reference): string | null {
  const ends = endsOf(places, reference);
  if (!ends || reference.onDelete !== 'CASCADE') return null;
  const { child, parent } = ends;
  return `
    SELECT ${columnsOf(child, keyOf(child, 'c'), 'REMOVE', 'BELONGS')} FROM ${ITEMS} i
      JOIN ${liveTable(places, parent.name)} p ON ${isItem(parent, 'p', 'i')}
      JOIN ${liveTable(places, child.name)} c ON ${isChild(reference, 'c', 'p')}
     WHERE i.table_name = ${escapeLiteral(parent.name)} AND i.deed = 'REMOVE'`;
}

/** Optional references: those lost when the row that they named was removed name it again; those to rows that go end. */
async function enterLinks(sql: Sql, places: Places): Promise<void> {
  const deeds = await deedsByTable(sql);
  for (const reference of places.references) {
    const ends = endsOf(places, reference);
    if (!ends || reference.onDelete !== 'SET NULL') continue;
    const ofParent = deeds.get(reference.parent);
    if (ofParent?.has('CREATE') && bothDiffer(places, ends))
      await enterPatches(sql, ends, lostLinks(places, reference, ends), patchFrom(reference, 'c'));
    if (ofParent?.has('REMOVE'))
      await enterPatches(sql, ends, brokenLinks(places, reference, ends), nulls(reference));
  }
}

function lostLinks(places: Places, reference: Reference, { child, parent }: Ends): string {
  const isNull = reference.columns.map((column) => `l.${escapeIdentifier(column)} IS NULL`);
  return `JOIN ${sideOf(places, 'before', parent.name)} p ON ${isItem(parent, 'p', 'i')}
          JOIN ${sideOf(places, 'before', child.name)} c ON ${isChild(reference, 'c', 'p')}
          JOIN ${liveTable(places, child.name)} l ON ${sameKey(child, 'l', 'c')}
         WHERE i.table_name = ${escapeLiteral(parent.name)} AND i.deed = 'CREATE' AND ${isNull.join(' AND ')}`;
}

function brokenLinks(places: Places, reference: Reference, { child, parent }: Ends): string {
  return `JOIN ${liveTable(places, parent.name)} p ON ${isItem(parent, 'p', 'i')}
          JOIN ${liveTable(places, child.name)} l ON ${isChild(reference, 'l', 'p')}
         WHERE i.table_name = ${escapeLiteral(parent.name)} AND i.deed = 'REMOVE'`;
}

function patchFrom({ columns }: Reference, row: string): string {
  const pairs = columns.map(
    (column) => `${escapeLiteral(column)}, to_jsonb(${row}.${escapeIdentifier(column)})`,
  );
  return `jsonb_build_object(${pairs.join(', ')})`;
}

function nulls({ columns }: Reference): string {
  return `jsonb_build_object(${columns.map((column) => `${escapeLiteral(column)}, NULL`).join(', ')})`;
}

async function enterPatches(sql: Sql, { child }: Ends, from: string, patch: string): Promise<void> {
  const key = keyOf(child, 'l');
  await sql.rows(
    `INSERT INTO ${ITEMS} AS item (table_name, key, deed, why, cause_table, cause_key, patch)
     SELECT ${columnsOf(child, key, 'UPDATE', 'LINK')}, ${patch} FROM ${ITEMS} i ${from}
     ON CONFLICT (table_name, key) DO UPDATE SET patch = coalesce(item.patch, '{}') || excluded.patch
      WHERE item.deed = 'UPDATE'`,
  );
}

/** Rows that nothing names once others are gone. */
async function enterFading(sql: Sql, places: Places, table: KeyedTable): Promise<void> {
  const named = places.references.flatMap((reference) => {
    const child = tableNamed(places, reference.child);
    return reference.parent === table.name && child ? [{ reference, child }] : [];
  });
  const stays = named.map(
    ({ reference, child }) => `NOT EXISTS (
       SELECT FROM ${liveTable(places, child.name)} c WHERE ${isChild(reference, 'c', 'p')} AND NOT EXISTS (
         SELECT FROM ${ITEMS} o WHERE o.table_name = ${escapeLiteral(child.name)} AND o.deed = 'REMOVE'
            AND ${isItem(child, 'c', 'o')}))`,
  );
  for (const { reference, child } of named)
    await enter(
      sql,
      `SELECT ${columnsOf(table, keyOf(table, 'p'), 'REMOVE', 'BELONGS')} FROM ${ITEMS} i
         JOIN ${liveTable(places, child.name)} c ON ${isItem(child, 'c', 'i')}
         JOIN ${liveTable(places, table.name)} p ON ${isChild(reference, 'c', 'p')}
        WHERE i.table_name = ${escapeLiteral(child.name)} AND i.deed = 'REMOVE' AND ${stays.join(' AND ')}`,
    );
}
