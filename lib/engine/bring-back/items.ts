import { escapeIdentifier } from 'pg';
import { type Side, sideTable } from '../compare/scratch.ts';
import { qualified } from '../postgres/snapshot.ts';
import type { Reference } from './references.ts';
import type { Sql } from './sql.ts';

/** A table of the plant with a primary key. */
export interface KeyedTable {
  readonly name: string;
  /** Without generated ones. */
  readonly columns: readonly string[];
  readonly key: readonly { readonly name: string; readonly type: string }[];
}

/** Where rows come from and go to. */
export interface Places {
  /** Written. */
  readonly plant: string;
  /** Has both sides of each table that differs, as a compare makes them. */
  readonly scratch: string;
  /** Tables of the plant whose rows may come back or go. */
  readonly tables: readonly KeyedTable[];
  /** Those that have sides. */
  readonly differing: ReadonlySet<string>;
  readonly references: readonly Reference[];
  /** Tables whose rows go with the last row that names them. */
  readonly fading: ReadonlySet<string>;
}

/**
 * What is done to a row: CREATE from the earlier side, UPDATE some of its fields, REMOVE. Or nothing, because it is
 * HERE already, GONE, the SAME, or BLOCKED: what it cannot be without is not there, or others cannot be without it.
 */
export type Deed = 'CREATE' | 'UPDATE' | 'REMOVE' | 'HERE' | 'GONE' | 'SAME' | 'BLOCKED';

/**
 * Why: it was CHOSEN; another row cannot be without it (NEEDED); it is part of another (BELONGS); or it names
 * another row that comes back or goes (LINK).
 */
export type Why = 'CHOSEN' | 'NEEDED' | 'BELONGS' | 'LINK';

/** One row for each row of the plant that is looked at, in a temporary table of the transaction. */
export const ITEMS = 'pg_temp.bring_back_item';

/**
 * `patch`: the values that the row gets. `was`, `now`: the row before and after. `emptied`: columns whose row is not
 * there. `kept`: columns that stay as people changed them since. `blocked_by`: a table, SKIPPED or CHANGED.
 */
export async function makeItems(sql: Sql): Promise<void> {
  await sql.rows(
    `CREATE TEMPORARY TABLE bring_back_item (
       table_name text, key text[], deed text NOT NULL, why text NOT NULL,
       cause_table text, cause_key text[], patch jsonb, was jsonb, now jsonb,
       emptied text[] NOT NULL DEFAULT '{}', kept text[] NOT NULL DEFAULT '{}', blocked_by text,
       PRIMARY KEY (table_name, key)) ON COMMIT DROP`,
  );
}

/** The deeds that the items of each table have. */
export async function deedsByTable(sql: Sql): Promise<Map<string, Set<string>>> {
  const rows = await sql.rows<{ table: string; deeds: string[] }>(
    `SELECT table_name AS table, array_agg(DISTINCT deed) AS deeds FROM ${ITEMS} GROUP BY 1`,
  );
  return new Map(rows.map(({ table, deeds }) => [table, new Set(deeds)]));
}

/** The key of a row as texts, in the order of the primary key. */
export function keyOf({ key }: KeyedTable, row: string): string {
  return `ARRAY[${key.map(({ name }) => `${row}.${escapeIdentifier(name)}::text`).join(', ')}]`;
}

/** Whether a row of the table is the one that an item names; typed, so that its index serves. */
export function isItem({ key }: KeyedTable, row: string, item: string): string {
  return key
    .map(
      ({ name, type }, at) =>
        `${row}.${escapeIdentifier(name)} = (${item}.key)[${at + 1}]::${type}`,
    )
    .join(' AND ');
}

/** Whether two rows of the table have the same key. */
export function sameKey({ key }: KeyedTable, one: string, other: string): string {
  return key
    .map(({ name }) => `${one}.${escapeIdentifier(name)} = ${other}.${escapeIdentifier(name)}`)
    .join(' AND ');
}

/** Whether a child's row names a parent's row. */
export function isChild(
  { columns, parentColumns }: Reference,
  child: string,
  parent: string,
): string {
  return columns
    .map((column, at) => {
      const named = escapeIdentifier(parentColumns[at] ?? '');
      return `${child}.${escapeIdentifier(column)} = ${parent}.${named}`;
    })
    .join(' AND ');
}

export function sideOf({ scratch }: Places, side: Side, table: string): string {
  return qualified(scratch, sideTable(side, table));
}

export function liveTable({ plant }: Places, table: string): string {
  return qualified(plant, table);
}

export function tableNamed({ tables }: Places, name: string): KeyedTable | null {
  return tables.find((table) => table.name === name) ?? null;
}
