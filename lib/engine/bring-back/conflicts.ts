import { escapeIdentifier, escapeLiteral } from 'pg';
import {
  ITEMS,
  isItem,
  type KeyedTable,
  keyOf,
  liveTable,
  type Places,
  tableNamed,
} from './items.ts';
import type { Reference } from './references.ts';
import type { Sql } from './sql.ts';

/**
 * What is done about a row that would take what another one has: leave it as it is (SKIP), give it another text
 * (RENAME), leave the field empty (EMPTY), or let what named it name the row that is there (USE_PRESENT).
 */
export type Choice = 'SKIP' | 'RENAME' | 'EMPTY' | 'USE_PRESENT';

/** A row that cannot get a value that must be unique, because another row has it. */
export interface Conflict {
  readonly table: string;
  readonly key: readonly string[];
  /** The row that is there. */
  readonly presentKey: readonly string[];
  readonly columns: readonly string[];
  readonly choices: readonly Choice[];
  /** In effect. */
  readonly choice: Choice;
  /** The text that the row gets, of RENAME. */
  readonly renamedTo: string | null;
}

/** What a person chose about a row. */
export interface ChoiceOf {
  readonly table: string;
  readonly key: readonly string[];
  readonly choice: Choice;
}

/** What no two rows of a table may have both: a unique index, not of the primary key, or a rule of the caller. */
export interface Unique {
  readonly table: string;
  readonly expressions: readonly string[];
  readonly columns: readonly string[];
  /** Columns that may be NULL, and then conflict with nothing. */
  readonly nullable: readonly string[];
  /** The only text column; null where there are several, or none. */
  readonly textColumn: string | null;
  /** Columns that stay as they are where the value stays; without: `columns`. */
  readonly together?: readonly string[];
  /** False: rows with the same value are still different things, so that none stands for the other. */
  readonly identifies?: false;
}

/** A hundred conflicts are decided one by one by nobody. */
export const MOST_CONFLICTS = 200;
const MOST_NAMES = 1_000;

/** Unique indexes of all rows of a table; those of some rows are left to PostgreSQL. */
export function listUniques(sql: Sql, schema: string): Promise<Unique[]> {
  return sql.rows<Unique>(
    `SELECT c.relname::text AS table,
            ARRAY(SELECT pg_catalog.pg_get_indexdef(x.indexrelid, n, true)
                    FROM generate_series(1, x.indnkeyatts) AS n) AS expressions,
            used.columns, used.nullable, used.text_column AS "textColumn"
       FROM pg_catalog.pg_index x
       JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
       JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
       CROSS JOIN LATERAL (
         SELECT array_agg(a.attname::text ORDER BY a.attnum) AS columns,
                coalesce(array_agg(a.attname::text) FILTER (WHERE NOT a.attnotnull), '{}') AS nullable,
                CASE WHEN count(*) FILTER (WHERE t.typcategory = 'S') = 1
                     THEN min(a.attname::text) FILTER (WHERE t.typcategory = 'S') END AS text_column
           FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
          WHERE a.attrelid = c.oid AND (a.attnum = ANY (x.indkey) OR EXISTS (
                  SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass
                     AND d.objid = x.indexrelid AND d.refobjid = c.oid AND d.refobjsubid = a.attnum))) AS used
      WHERE s.nspname = $1 AND x.indisunique AND NOT x.indisprimary AND x.indpred IS NULL
      ORDER BY c.relname COLLATE "C", x.indexrelid`,
    [schema],
  );
}

/** Finds what would be there twice, and does about each what was chosen, or else what loses least. `rules`: beside the indexes. */
export async function settleConflicts(
  sql: Sql,
  places: Places,
  chosen: readonly ChoiceOf[],
  rules: readonly Unique[],
): Promise<Conflict[]> {
  const settled: Conflict[] = [];
  for (const unique of [...(await listUniques(sql, places.plant)), ...rules]) {
    const table = tableNamed(places, unique.table);
    if (!table) continue;
    for (const found of await conflictsOf(sql, places, table, unique)) {
      const choices = choicesOf(unique, found.deed, places.references);
      const asked = chosen.find(
        ({ table: of, key }) => of === table.name && isSame(key, found.key),
      );
      const choice = asked && choices.includes(asked.choice) ? asked.choice : choices[0];
      const conflict = { table: table.name, ...found, columns: unique.columns, choices };
      const renamedTo = await settle(sql, places, { table, unique, ...found }, choice ?? 'SKIP');
      settled.push({ ...conflict, choice: choice ?? 'SKIP', renamedTo });
    }
  }
  return settled;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((part, at) => part === other[at]);
}

/** What loses least comes first. */
function choicesOf(
  { table, nullable, textColumn, identifies }: Unique,
  deed: string,
  references: readonly Reference[],
): Choice[] {
  const isLinked = references.some(
    ({ parent, child, inKey }) => parent === table && inKey && child !== table,
  );
  return [
    ...(deed === 'CREATE' && isLinked && identifies !== false ? (['USE_PRESENT'] as const) : []),
    ...(nullable.length > 0 ? (['EMPTY'] as const) : []),
    ...(textColumn !== null ? (['RENAME'] as const) : []),
    'SKIP',
  ];
}

interface Found {
  readonly key: string[];
  readonly presentKey: string[];
  readonly deed: string;
}

async function conflictsOf(
  sql: Sql,
  places: Places,
  table: KeyedTable,
  { expressions, columns, together = columns }: Unique,
): Promise<Found[]> {
  const live = liveTable(places, table.name);
  const values = expressions.map((expression, at) => `${expression} AS u${at}`).join(', ');
  const equal = expressions.map((_, at) => `n.u${at} = l.u${at}`).join(' AND ');
  return sql.rows<Found>(
    `SELECT i.key, i.deed, ${keyOf(table, 'l')} AS "presentKey"
       FROM ${ITEMS} i
      CROSS JOIN LATERAL (SELECT ${values}
              FROM jsonb_populate_record(NULL::${live}, coalesce(i.was, '{}') || i.patch) AS row) n
       JOIN (SELECT *, ${values} FROM ${live} AS row) l ON ${equal}
      WHERE i.table_name = ${escapeLiteral(table.name)} AND i.deed IN ('CREATE', 'UPDATE')
        AND (i.deed = 'CREATE' OR i.patch ?| $1::text[]) AND NOT (${isItem(table, 'l', 'i')})
        AND NOT EXISTS (SELECT FROM ${ITEMS} o WHERE o.table_name = i.table_name AND o.deed = 'REMOVE'
                           AND ${isItem(table, 'l', 'o')})
      ORDER BY i.key LIMIT ${MOST_CONFLICTS + 1}`,
    [together],
  );
}

interface Settling extends Found {
  readonly table: KeyedTable;
  readonly unique: Unique;
}

async function settle(
  sql: Sql,
  places: Places,
  conflict: Settling,
  choice: Choice,
): Promise<string | null> {
  const { table, unique, key, deed } = conflict;
  if (choice === 'RENAME') return rename(sql, places, conflict);
  if (choice === 'USE_PRESENT') await presentInstead(sql, places, conflict);
  else if (choice === 'EMPTY') await patchItem(sql, table, key, emptied(unique.nullable));
  else if (deed === 'CREATE') await setDeed(sql, table, key, 'BLOCKED', 'SKIPPED');
  else
    await sql.rows(
      `UPDATE ${ITEMS} SET patch = patch - $1::text[], kept = kept || $1::text[]
        WHERE table_name = $2 AND key = $3::text[]`,
      [unique.together ?? unique.columns, table.name, key],
    );
  return null;
}

function emptied(columns: readonly string[]): Record<string, null> {
  return Object.fromEntries(columns.map((column) => [column, null]));
}

async function patchItem(
  sql: Sql,
  { name }: KeyedTable,
  key: readonly string[],
  patch: Readonly<Record<string, unknown>>,
): Promise<void> {
  await sql.rows(
    `UPDATE ${ITEMS} SET patch = patch || $1::jsonb WHERE table_name = $2 AND key = $3::text[]`,
    [JSON.stringify(patch), name, key],
  );
}

async function setDeed(
  sql: Sql,
  { name }: KeyedTable,
  key: readonly string[],
  deed: 'BLOCKED' | 'HERE',
  blockedBy: string | null,
): Promise<void> {
  await sql.rows(
    `UPDATE ${ITEMS} SET deed = $1, blocked_by = $2 WHERE table_name = $3 AND key = $4::text[]`,
    [deed, blockedBy, name, key],
  );
}

/** “Name (2)”, or the first number that is free. */
async function rename(sql: Sql, places: Places, conflict: Settling): Promise<string | null> {
  const { table, unique, key } = conflict;
  const column = unique.textColumn ?? '';
  const [row] = await sql.rows<{ text: string }>(
    `SELECT coalesce(patch ->> $1, was ->> $1, '') AS text FROM ${ITEMS}
      WHERE table_name = $2 AND key = $3::text[]`,
    [column, table.name, key],
  );
  for (let number = 2; number < MOST_NAMES; number++) {
    const renamedTo = `${row?.text ?? ''} (${number})`;
    await patchItem(sql, table, key, { [column]: renamedTo });
    const still = await conflictsOf(sql, places, table, unique);
    if (!still.some((found) => isSame(found.key, key))) return renamedTo;
  }
  throw new RangeError(`All names like ${row?.text} are taken`);
}

/** What comes back and named the row names the present one instead. A link that is there already need not come. */
async function presentInstead(sql: Sql, places: Places, conflict: Settling): Promise<void> {
  const { table, key, presentKey } = conflict;
  await setDeed(sql, table, key, 'HERE', null);
  for (const reference of places.references) {
    const child = tableNamed(places, reference.child);
    if (!child || reference.parent !== table.name || reference.columns.length !== 1) continue;
    const column = reference.columns[0] ?? '';
    const at = table.key.findIndex(({ name }) => name === reference.parentColumns[0]);
    const values = [column, key[at] ?? '', presentKey[at] ?? ''];
    await sql.rows(
      `UPDATE ${ITEMS} i SET patch = patch || jsonb_build_object($1::text, $3::text)
        WHERE table_name = ${escapeLiteral(child.name)} AND deed IN ('CREATE', 'UPDATE') AND patch ->> $1 = $2`,
      values,
    );
    if (reference.inKey) await rekey(sql, places, child);
  }
}

async function rekey(sql: Sql, places: Places, table: KeyedTable): Promise<void> {
  const key = `ARRAY[${table.key.map(({ name }) => `i.patch ->> ${escapeLiteral(name)}`).join(', ')}]`;
  const name = escapeLiteral(table.name);
  const typed = table.key.map(
    ({ name: column, type }) =>
      `l.${escapeIdentifier(column)} = (i.patch ->> ${escapeLiteral(column)})::${type}`,
  );
  await sql.rows(
    `UPDATE ${ITEMS} i SET deed = 'HERE'
      WHERE table_name = ${name} AND deed = 'CREATE' AND key <> ${key}
        AND (EXISTS (SELECT FROM ${liveTable(places, table.name)} l WHERE ${typed.join(' AND ')})
             OR EXISTS (SELECT FROM ${ITEMS} o WHERE o.table_name = ${name} AND o.key = ${key}))`,
  );
  await sql.rows(
    `UPDATE ${ITEMS} i SET key = ${key} WHERE table_name = ${name} AND deed = 'CREATE' AND key <> ${key}`,
  );
}
