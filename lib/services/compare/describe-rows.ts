import { type Client, escapeIdentifier, escapeLiteral } from 'pg';
import type { ComparedTable } from '#engine/compare/compare.ts';
import { sideTable } from '#engine/compare/scratch.ts';
import { type LookUp, type RowWords, unlistedTables, wordsFor } from './network-words.ts';

/** A table of one row. Where it is empty, a crash of PostgreSQL has emptied all tables of the scratch schema. */
export const INTACT = 'intact';

/** How a compare is described. */
export interface Describing {
  /** When the earlier side was made: deletions since are looked for in the audit log. */
  readonly since: Date;
  /** Of the days that people read. */
  readonly timeZone: string;
}

/**
 * Writes the table `change` into the scratch schema, the search path of `client`: one row for each row that differs
 * and has a key, numbered in the order of the list, newest first. And `tally`, which counts them by what people ask
 * for, so that totals need not read all of them. None of these tables is logged, so a crash of PostgreSQL empties them.
 * `intact` tells: it has one row until then.
 */
export async function describeChanges(
  client: Client,
  tables: readonly ComparedTable[],
  { since, timeZone }: Describing,
): Promise<void> {
  await client.query(`SET work_mem = '64MB'`);
  const lookUp = await lookUpOf(client, tables);
  const rows = listedTables(tables).flatMap((table) => changesOf(table, lookUp, since));
  await client.query(
    `CREATE UNLOGGED TABLE change (n bigint, kind text, table_name text, id text, key text[], label text,
       search text, project_id uuid, lat float8, lng float8, changed_by uuid, changed_at timestamptz, day date)`,
  );
  if (rows.length > 0)
    await client.query(
      `INSERT INTO change
       SELECT row_number() OVER (ORDER BY changed_at DESC NULLS LAST, table_name, label, key),
              kind, table_name, array_to_string(key, ','), key, label,
              vault.fold_name((coalesce(label, '') || ' ' || array_to_string(key, ' ')) COLLATE "C"),
              project_id, lat, lng, changed_by, changed_at, (changed_at AT TIME ZONE ${escapeLiteral(timeZone)})::date
         FROM (${rows.join('\nUNION ALL\n')}) AS described`,
    );
  await client.query(
    `ALTER TABLE change ADD PRIMARY KEY (n);
     CREATE INDEX ON change (table_name, n);
     CREATE INDEX ON change (kind, n);
     CREATE INDEX ON change (project_id, n);
     CREATE INDEX ON change (changed_by, n);
     CREATE INDEX ON change (id);
     CREATE INDEX ON change (lat, lng) WHERE lat IS NOT NULL;
     CREATE UNLOGGED TABLE tally AS
       SELECT kind, table_name, project_id, changed_by, day, count(*) AS changes
         FROM change GROUP BY 1, 2, 3, 4, 5;
     CREATE UNLOGGED TABLE ${INTACT} AS SELECT true AS intact;
     ANALYZE change, tally`,
  );
}

/** The tables whose rows are listed one by one. */
export function listedTables(tables: readonly ComparedTable[]): ComparedTable[] {
  return tables.filter(({ name, key }) => key && !unlistedTables.has(name));
}

/** Looks on both sides first, and then in the network of now, for rows that did not change between the two. */
export async function lookUpOf(client: Client, tables: readonly ComparedTable[]): Promise<LookUp> {
  return lookUpIn(new Set(tables.map(({ name }) => name)), await plantTables(client));
}

async function plantTables(client: Client): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'plant' AND c.relkind = 'r'`,
  );
  return new Set(rows.map(({ name }) => name));
}

function lookUpIn(differing: ReadonlySet<string>, known: ReadonlySet<string>): LookUp {
  let depth = 0;
  return (table, id, expression) => {
    const places = [
      ...(differing.has(table) ? [sideTable('after', table), sideTable('before', table)] : []),
      ...(known.has(table) ? [`plant.${table}`] : []),
    ];
    if (places.length === 0) return 'NULL';
    const row = `l${depth++}`;
    const found = places.map(
      (place) => `(SELECT ${expression(row)} FROM ${place} ${row} WHERE ${row}.id = ${id})`,
    );
    return `CASE WHEN ${id} IS NOT NULL THEN coalesce(${found.join(', ')}) END`;
  };
}

function changesOf(table: ComparedTable, lookUp: LookUp, since: Date): string[] {
  const words = wordsFor(table.name, lookUp);
  return kindsOf(table).map((kind) => changesOfKind(kind, table, words, since));
}

type Kind = 'ADDED' | 'CHANGED' | 'REMOVED';

/** What happened to rows of the table. */
export function kindsOf({ counts }: ComparedTable): Kind[] {
  const { added, changed, removed } = counts;
  return [
    ...(added > 0 ? (['ADDED'] as const) : []),
    ...(changed > 0 ? (['CHANGED'] as const) : []),
    ...(removed > 0 ? (['REMOVED'] as const) : []),
  ];
}

function changesOfKind(
  kind: Kind,
  table: ComparedTable,
  words: RowWords | null,
  since: Date,
): string {
  const texts = keyTexts(table);
  const { from, by, at } = rowsOfKind(kind, table, words, since);
  return `SELECT '${kind}' AS kind, ${escapeLiteral(table.name)} AS table_name, ARRAY[${texts.join(', ')}] AS key,
      ${words?.label ?? texts.join(` || ', ' || `)} AS label, (${words?.project ?? 'NULL'})::uuid AS project_id,
      (${words?.lat ?? 'NULL'})::float8 AS lat, (${words?.lng ?? 'NULL'})::float8 AS lng,
      ${by} AS changed_by, ${at} AS changed_at
    ${from}`;
}

function keyTexts({ key }: ComparedTable): string[] {
  return (key ?? []).map(({ name }) => `r.${escapeIdentifier(name)}::text`);
}

/** The rows `r` of one kind: FROM and WHERE, and expressions for who made the change, and when. */
export function rowsOfKind(
  kind: Kind,
  table: ComparedTable,
  words: RowWords | null,
  since: Date,
): { from: string; by: string; at: string } {
  const [mine, other] =
    kind === 'REMOVED' ? (['before', 'after'] as const) : (['after', 'before'] as const);
  const sameKey = (table.key ?? [])
    .map(({ name }) => `o.${escapeIdentifier(name)} = r.${escapeIdentifier(name)}`)
    .join(' AND ');
  const there = `EXISTS (SELECT FROM ${escapeIdentifier(sideTable(other, table.name))} o WHERE ${sameKey})`;
  const who = words ? writerOf(kind, table) : { by: 'NULL::uuid', at: 'NULL::timestamptz' };
  const ids = [...keyTexts(table).slice(0, 1), ...(words?.deletedWith ?? [])];
  const deletion =
    kind === 'REMOVED' && words ? `LEFT JOIN LATERAL (${deletionOf(ids, since)}) d ON true` : '';
  const from = `FROM ${escapeIdentifier(sideTable(mine, table.name))} r ${deletion}
   WHERE ${kind === 'CHANGED' ? there : `NOT ${there}`}`;
  return { from, ...who };
}

/** Who made or changed the row, and when: the row says it, or for one that is gone, the audit log. */
function writerOf(kind: Kind, { columns }: ComparedTable): { by: string; at: string } {
  if (kind === 'REMOVED') return { by: 'd.by', at: 'd.at' };
  const order = kind === 'ADDED' ? ['created', 'updated'] : ['updated', 'created'];
  const first = (part: 'by' | 'at', type: string) => {
    const found = order.map((verb) => `${verb}_${part}`).filter((name) => columns.includes(name));
    return found.length > 0
      ? `coalesce(${found.map((name) => `r.${name}`).join(', ')})`
      : `NULL::${type}`;
  };
  return { by: first('by', 'uuid'), at: first('at', 'timestamptz') };
}

/** The newest deletion of one of these ids. */
function deletionOf(ids: readonly string[], since: Date): string {
  const texts = ids.map((id) => `(${id})::text`).join(', ');
  return `SELECT e.actor_id AS by, e.at FROM vault.audit_event e
     WHERE e.target_id = ANY (ARRAY[${texts}]) AND e.action LIKE '%delete%' AND e.outcome = 'DONE'
       AND e.at >= ${escapeLiteral(since.toISOString())}::timestamptz
     ORDER BY e.at DESC LIMIT 1`;
}
