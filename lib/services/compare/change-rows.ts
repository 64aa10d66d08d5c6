import { escapeIdentifier } from 'pg';
import { validate as isUuid } from 'uuid';
import type { ComparedTable } from '#engine/compare/compare.ts';
import { rowAlias, type Side, sides, sideTable } from '#engine/compare/scratch.ts';
import { notFound } from '#errors';
import { anywhere } from '../page.ts';
import type { Server } from '../server.ts';
import { nameColumns } from './network-words.ts';

export const changeKinds = ['ADDED', 'CHANGED', 'REMOVED'] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** A row of the table `change` in a scratch schema. */
export interface ChangeRow {
  readonly n: number;
  readonly kind: ChangeKind;
  readonly table: string;
  readonly id: string;
  readonly key: readonly string[];
  readonly label: string | null;
  readonly projectId: string | null;
  readonly lat: number | null;
  readonly lng: number | null;
  readonly changedBy: string | null;
  readonly changedAt: Date | null;
}

/** What a list of changes is narrowed to; null or undefined: not by that. */
export interface ChangeFilter {
  readonly tables?: readonly string[] | null;
  readonly kinds?: readonly ChangeKind[] | null;
  readonly people?: readonly string[] | null;
  /** YYYY-MM-DD, as `Tally.day`. */
  readonly day?: string | null;
  readonly projectId?: string | null;
  /** As `searchText` has it; empty: any. */
  readonly search?: string;
  readonly bbox?: BoundingBox | null;
  /** Tables that are not shown to who asks. */
  readonly hidden: readonly string[];
}

export interface BoundingBox {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** The scratch schema of a compare, as its reader sees it. */
export interface Scratch {
  readonly schema: string;
  readonly tables: readonly ComparedTable[];
}

/** Accounts and roles that are listed apart. */
const MOST_ACCOUNTS = 1_000;

/** undefined_table, invalid_schema_name. */
const GONE = new Set(['42P01', '3F000']);

/** Throws NOT_FOUND where the compare was dropped meanwhile. */
async function query<Row extends object>(
  { pool }: Pick<Server, 'pool'>,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  try {
    const { rows } = await pool.query<Row>(sql, [...values]);
    return rows;
  } catch (cause) {
    throw GONE.has((cause as { code?: string }).code ?? '') ? notFound('compare') : cause;
  }
}

interface ChangePage {
  readonly filter: ChangeFilter;
  readonly after: number;
  readonly take: number;
}

/** The changes after number `after`, at most `take`, in the order of the list. */
export function pageOfChanges(
  server: Pick<Server, 'pool'>,
  scratch: Scratch,
  page: ChangePage,
): Promise<ChangeRow[]> {
  const { text, values } = changePageQuery(scratch, page);
  return query<ChangeRow>(server, text, values);
}

export function changePageQuery(
  { schema }: Pick<Scratch, 'schema'>,
  { filter, after, take }: ChangePage,
): { text: string; values: unknown[] } {
  const where = conditions(filter);
  return {
    text: `SELECT n::float8 AS n, kind, table_name AS table, id, key, label, project_id AS "projectId", lat, lng,
            changed_by AS "changedBy", changed_at AS "changedAt"
       FROM ${escapeIdentifier(schema)}.change
      WHERE n > $${where.values.length + 1} AND ${where.sql} ORDER BY n LIMIT ${take}`,
    values: [...where.values, after],
  };
}

export async function countChanges(
  server: Pick<Server, 'pool'>,
  { schema }: Scratch,
  filter: ChangeFilter,
): Promise<number> {
  const where = conditions(filter);
  const source = isTallied(filter)
    ? `SELECT coalesce(sum(changes), 0)::float8 AS count FROM ${escapeIdentifier(schema)}.tally`
    : `SELECT count(*)::float8 AS count FROM ${escapeIdentifier(schema)}.change`;
  const [row] = await query<{ count: number }>(
    server,
    `${source} WHERE ${where.sql}`,
    where.values,
  );
  return row?.count ?? 0;
}

/** A query for the changes of the filter: `table_name`, `key`, `kind`. With `ids`, only of these. */
export function chosenChanges(
  { schema }: Pick<Scratch, 'schema'>,
  filter: ChangeFilter,
  ids: readonly string[] | null,
): { text: string; values: unknown[] } {
  const { sql, values } = conditions(filter);
  const narrowed = ids ? `${sql} AND id = ANY ($${values.push([...ids])}::text[])` : sql;
  const text = `SELECT table_name, key, kind FROM ${escapeIdentifier(schema)}.change WHERE ${narrowed}`;
  return { text, values };
}

function isTallied({ search, bbox }: ChangeFilter): boolean {
  return !search && !bbox;
}

function conditions(filter: ChangeFilter): { sql: string; values: unknown[] } {
  const { tables, kinds, people, day, projectId, search, bbox, hidden } = filter;
  const values: unknown[] = [];
  const place = (value: unknown) => `$${values.push(value)}`;
  const parts = [
    `table_name <> ALL (${place([...hidden])}::text[])`,
    ...(tables ? [`table_name = ANY (${place([...tables])}::text[])`] : []),
    ...(kinds ? [`kind = ANY (${place([...kinds])}::text[])`] : []),
    // As UUIDs, so that the indexes serve; what is none is nobody's.
    ...(people ? [`changed_by = ANY (${place(people.filter((id) => isUuid(id)))}::uuid[])`] : []),
    ...(day ? [`day::text = ${place(day)}`] : []),
    ...(projectId ? [`project_id = ${place(isUuid(projectId) ? projectId : null)}::uuid`] : []),
    ...(search ? [`search LIKE ${place(anywhere(search))}`] : []),
    ...(bbox
      ? [
          `lat BETWEEN ${place(bbox.south)} AND ${place(bbox.north)}`,
          `lng BETWEEN ${place(bbox.west)} AND ${place(bbox.east)}`,
        ]
      : []),
  ];
  return { sql: parts.join(' AND '), values };
}

/** How many rows were added, changed and removed, by table, project or person and day. */
export interface Tally {
  /** A table's name, or the id of a project or person; null: none of them. */
  readonly of: string | null;
  /** YYYY-MM-DD in the schedule's zone; null where it was not asked for, or nobody knows. */
  readonly day: string | null;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

const tallyColumns = {
  table: 'table_name',
  project: 'project_id',
  person: 'changed_by',
} as const;

export function tallies(
  server: Pick<Server, 'pool'>,
  { schema }: Scratch,
  {
    by,
    byDay,
    hidden,
  }: { by: keyof typeof tallyColumns; byDay: boolean; hidden: readonly string[] },
): Promise<Tally[]> {
  const day = byDay ? 'day' : 'NULL';
  const of = (kind: ChangeKind) =>
    `coalesce(sum(changes) FILTER (WHERE kind = '${kind}'), 0)::float8`;
  return query<Tally>(
    server,
    `SELECT ${tallyColumns[by]}::text AS of, ${day}::text AS day,
            ${of('ADDED')} AS added, ${of('CHANGED')} AS changed, ${of('REMOVED')} AS removed
       FROM ${escapeIdentifier(schema)}.tally WHERE table_name <> ALL ($1::text[])
      GROUP BY 1, 2 ORDER BY 2 DESC NULLS LAST, sum(changes) DESC, 1`,
    [hidden],
  );
}

/** A row on both sides as JSON; null on a side without it. */
export interface RowPair {
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** The rows of one table with these keys, in their order. */
export async function rowPairs(
  server: Pick<Server, 'pool'>,
  { schema }: Scratch,
  table: ComparedTable,
  keys: readonly (readonly string[])[],
): Promise<RowPair[]> {
  const key = table.key ?? [];
  const values = key.map((_, at) => keys.map((one) => one[at] ?? ''));
  const wanted = key.map(({ type }, at) => `$${at + 1}::text[]::${type}[]`).join(', ');
  const names = key.map((_, at) => `k${at}`);
  const row = (side: Side) => rowAlias(table, `${side}_row`);
  const joined = (side: Side) =>
    `LEFT JOIN ${escapeIdentifier(schema)}.${escapeIdentifier(sideTable(side, table.name))} ${row(side)}
       ON ${key.map(({ name }, at) => `${row(side)}.${escapeIdentifier(name)} = k.${names[at]}`).join(' AND ')}`;
  return query<RowPair>(
    server,
    `SELECT to_jsonb(${row('before')}) AS before, to_jsonb(${row('after')}) AS after
       FROM unnest(${wanted}) WITH ORDINALITY AS k (${names.join(', ')}, nth)
       ${sides.map(joined).join('\n')} ORDER BY k.nth`,
    values,
  );
}

/**
 * What the rows with these ids are called, by id: as `side` has them, else the other side, else the network of now,
 * which also has the rows that did not change.
 */
export async function namesOfRows(
  server: Pick<Server, 'pool'>,
  { schema, tables }: Scratch,
  { table, side, ids }: { table: string; side: Side; ids: readonly string[] },
): Promise<Map<string, string>> {
  const column = nameColumns[table];
  if (!column || ids.length === 0) return new Map();
  const order = side === 'after' ? sides.toReversed() : sides;
  const differs = tables.some(({ name }) => name === table);
  const sources = [
    ...(differs
      ? order.map((one) => `${escapeIdentifier(schema)}.${escapeIdentifier(sideTable(one, table))}`)
      : []),
    `plant.${escapeIdentifier(table)}`,
  ];
  const selects = sources.map(
    (source, at) =>
      `SELECT id, ${escapeIdentifier(column)} AS name, ${at} AS place FROM ${source} WHERE id = ANY ($1::uuid[])`,
  );
  const rows = await query<{ id: string; name: string }>(
    server,
    `SELECT DISTINCT ON (id) id::text AS id, name FROM (${selects.join(' UNION ALL ')}) AS found ORDER BY id, place`,
    [ids],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** A file of a post on one of the sides. */
export interface ChangedFile {
  readonly id: string;
  readonly postId: string;
  readonly sha256: string;
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: number | null;
  /** ADDED where only the later side has it, REMOVED where only the earlier one has. */
  readonly kind: ChangeKind;
}

/** The files that differ, of these posts. */
export async function filesOfPosts(
  server: Pick<Server, 'pool'>,
  { schema, tables }: Scratch,
  postIds: readonly string[],
): Promise<ChangedFile[]> {
  const has = (table: string) => tables.some(({ name }) => name === table);
  if (postIds.length === 0 || !has('post_file')) return [];
  const of = (side: Side, table: string) => `${escapeIdentifier(schema)}.${side}_${table}`;
  const sizes = [
    ...(has('stored_file') ? sides.map((side) => of(side, 'stored_file')) : []),
    'plant.stored_file',
  ].map((source) => `(SELECT s.bytes FROM ${source} s WHERE s.sha256 = f.sha256)`);
  return query<ChangedFile>(
    server,
    `SELECT f.id, f.post_id AS "postId", f.sha256, f.name, f.media_type AS "mediaType",
            coalesce(${sizes.join(', ')})::float8 AS bytes,
            CASE WHEN count(*) OVER (PARTITION BY f.id) = 2 THEN 'CHANGED'
                 WHEN f.side = 'after' THEN 'ADDED' ELSE 'REMOVED' END AS kind
       FROM (${sides.map((side) => `SELECT '${side}' AS side, id, post_id, sha256, name, media_type FROM ${of(side, 'post_file')} WHERE post_id = ANY ($1::uuid[])`).join(' UNION ALL ')}) f
      ORDER BY f.name, f.id, f.side DESC`,
    [postIds],
  );
}

/** A file that differs, as the earlier side has it where it does; null without one. */
export async function fileOfScratch(
  server: Pick<Server, 'pool'>,
  { schema, tables }: Scratch,
  id: string,
): Promise<Pick<ChangedFile, 'sha256' | 'name' | 'mediaType'> | null> {
  if (!tables.some(({ name }) => name === 'post_file')) return null;
  const of = (side: Side, nth: number) =>
    `SELECT ${nth} AS nth, sha256, name, media_type AS "mediaType"
       FROM ${escapeIdentifier(schema)}.${side}_post_file WHERE id::text = $1`;
  const [file] = await query<Pick<ChangedFile, 'sha256' | 'name' | 'mediaType'>>(
    server,
    `${sides.map(of).join(' UNION ALL ')} ORDER BY nth LIMIT 1`,
    [id],
  );
  return file ?? null;
}

/** A change on a plain plot. */
export interface ChangedPlace {
  readonly id: string;
  readonly kind: ChangeKind;
  readonly table: string;
  readonly lat: number;
  readonly lng: number;
  /** Of so many changes of this kind near it. */
  readonly count: number;
}

/**
 * Where the changes are. Where they are more than `most`, one stands for all of its kind in the same cell of a grid,
 * which is as fine as `most` allows.
 */
export function placesOfChanges(
  server: Pick<Server, 'pool'>,
  { schema }: Scratch,
  filter: ChangeFilter,
  most: number,
): Promise<ChangedPlace[]> {
  const { sql, values } = conditions(filter);
  // Three kinds share the cells.
  const cells = Math.max(1, Math.floor(Math.sqrt(most / changeKinds.length)));
  return query<ChangedPlace>(
    server,
    `WITH found AS MATERIALIZED (
       SELECT id, kind, table_name, lat, lng FROM ${escapeIdentifier(schema)}.change
        WHERE lat IS NOT NULL AND lng IS NOT NULL AND ${sql}),
     bounds AS (SELECT count(*) AS places, min(lat) AS south, max(lat) AS north, min(lng) AS west, max(lng) AS east
                  FROM found),
     placed AS (
       SELECT f.*, CASE WHEN b.places <= ${most} THEN row_number() OVER ()
              ELSE ${cells} * least(${cells - 1}, floor(${cells} * (lat - south) / greatest(north - south, 1e-9)))
                   + least(${cells - 1}, floor(${cells} * (lng - west) / greatest(east - west, 1e-9))) END AS cell
         FROM found f, bounds b)
     SELECT min(id) AS id, kind, min(table_name) AS table, avg(lat) AS lat, avg(lng) AS lng, count(*)::int AS count
       FROM placed GROUP BY kind, cell`,
    values,
  );
}

/** An account that only the earlier side has. */
export interface ReturningAccount {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** As the earlier side calls its role, else as it is called now. */
  readonly roleName: string;
}

export async function removedAccounts(
  server: Pick<Server, 'pool'>,
  scratch: Scratch,
): Promise<ReturningAccount[]> {
  const { schema, tables } = scratch;
  if (!tables.some(({ name }) => name === 'user_account')) return [];
  const accounts = await query<{ id: string; name: string; email: string; roleId: string }>(
    server,
    `SELECT u.id, u.name, u.email, u.role_id AS "roleId" FROM ${escapeIdentifier(schema)}.before_user_account u
      WHERE NOT EXISTS (SELECT FROM ${escapeIdentifier(schema)}.after_user_account a WHERE a.id = u.id)
      ORDER BY u.email LIMIT ${MOST_ACCOUNTS}`,
  );
  const ids = accounts.map(({ roleId }) => roleId);
  const roles = await namesOfRows(server, scratch, { table: 'role', side: 'before', ids });
  return accounts.map(({ roleId, ...account }) => ({
    ...account,
    roleName: roles.get(roleId) ?? '',
  }));
}

/** Roles that only the earlier side has. */
export async function removedRoles(
  server: Pick<Server, 'pool'>,
  { schema, tables }: Scratch,
): Promise<{ id: string; name: string }[]> {
  if (!tables.some(({ name }) => name === 'role')) return [];
  return query(
    server,
    `SELECT r.id, r.name FROM ${escapeIdentifier(schema)}.before_role r
      WHERE NOT EXISTS (SELECT FROM ${escapeIdentifier(schema)}.after_role a WHERE a.id = r.id)
      ORDER BY r.name LIMIT ${MOST_ACCOUNTS}`,
  );
}
