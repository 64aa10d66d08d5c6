import { z } from 'zod';
import { Prisma } from '#generated/plant/client.ts';
import type { PlantTransaction } from '#plant/client.ts';
import { isId } from '#plant/fields.ts';
import { columnOf, type ElementKind, tableOf, tagTableOf } from './element-rows.ts';
import { holdsWords } from './word-conditions-rows.ts';

/** Totals up to this are exact. Larger ones are the planner's estimate, so that any size costs the same. */
export const MOST_COUNTED = 10_000;

export interface KeyRequest {
  /** How many rows, at least 1. */
  readonly size: number;
  /** The key after which the page begins; null: from the start. */
  readonly after: readonly string[] | null;
  /** As `foldName` has it: words for elements, the start of the title for posts; empty: any. */
  readonly search: string;
}

/** What a list of elements is narrowed to; null: not by this. */
export interface ElementFilter {
  readonly projectId?: string | null;
  readonly tagId?: string | null;
  /** Licensing of poles, deployment of boxes and cables, status of clients. */
  readonly status?: string | null;
  /** Of boxes: the pole that they hang on. */
  readonly poleId?: string | null;
  /** Of cables: a box at either end. Of clients: their box. */
  readonly boxId?: string | null;
}

export interface ElementKeyRequest extends KeyRequest {
  readonly filter: ElementFilter;
}

export interface PostKeyRequest extends KeyRequest {
  readonly element?: { readonly kind: ElementKind; readonly id: string } | null;
  /** Its state; null: any. */
  readonly work?: string | null;
}

/** The rows of a page in order, each with its key in the list's order. */
export interface KeyPage {
  readonly keys: readonly { readonly id: string; readonly key: readonly string[] }[];
  readonly hasNextPage: boolean;
  readonly totalCount: number;
}

/** The expressions of the indexes: names as `foldName` has them, by code points. */
export const nameKey = Prisma.raw('plant.fold_name("name" COLLATE "C")');
const titleKey = Prisma.raw('plant.fold_name("title" COLLATE "C")');

const everything = Prisma.sql`true`;

/** U+10FFFF sorts after every character that may follow the prefix. */
export function startsWith(key: Prisma.Sql, search: string): Prisma.Sql {
  return Prisma.sql`${key} >= ${search}::text AND ${key} < ${search}::text || U&'\\+10FFFF'`;
}

function filters(conditions: readonly (Prisma.Sql | null)[]): Prisma.Sql {
  const given = conditions.filter((condition) => condition !== null);
  return given.length > 0 ? Prisma.join(given, ' AND ') : everything;
}

/**
 * One page of the elements of a kind, by folded name, then id. A search puts names that start with it before others
 * that hold its words.
 */
export async function elementPage(
  db: PlantTransaction,
  kind: ElementKind,
  { size, after, search, filter }: ElementKeyRequest,
): Promise<KeyPage> {
  const narrowed = narrowedTo(kind, filter);
  if (search === '') {
    const rows = await keysOf(db, kind, narrowed, after, size + 1);
    return pageOfKeys(rows, size, await countRows(db, tableOf(kind), filters(narrowed)));
  }
  const found: Found = { narrowed, matching: [...narrowed, holdsWords(kind, search)], search };
  const few = await fewFound(db, kind, found, { size, after });
  if (few) return few;
  const rows = await walkFound(db, kind, found, { size, after });
  const estimate = await estimateRows(db, tableOf(kind), filters(found.matching));
  return pageOfKeys(rows, size, Math.max(FEW + 1, estimate));
}

function pageOfKeys(rows: readonly KeyRow[], size: number, totalCount: number): KeyPage {
  return {
    keys: rows.slice(0, size).map(({ uuid, folded }) => ({ id: uuid, key: [folded, uuid] })),
    hasNextPage: rows.length > size,
    totalCount,
  };
}

interface Found {
  readonly narrowed: readonly Prisma.Sql[];
  readonly matching: readonly Prisma.Sql[];
  readonly search: string;
}

type Place = Pick<KeyRequest, 'size' | 'after'>;

/** Up to so many finds are sorted at each page, and counted. */
const FEW = MOST_COUNTED;

/**
 * The page where a search finds at most FEW rows: reads the table once, in its own order, which costs a third of
 * walking it by name. Null where it finds more, which shows early.
 */
async function fewFound(
  db: PlantTransaction,
  kind: ElementKind,
  { matching, search }: Found,
  { size, after }: Place,
): Promise<KeyPage | null> {
  const other = Prisma.sql`NOT (${startsWith(Prisma.raw('folded'), search)})`;
  const from = after
    ? Prisma.sql`(${other}, folded, id) > (${!after[0]?.startsWith(search)}, ${after[0]}::text, ${after[1]}::uuid)`
    : everything;
  const rows = await db.$queryRaw<{ uuid: string | null; folded: string; total: bigint }[]>`
    WITH found AS MATERIALIZED (
      SELECT id, ${nameKey} AS folded FROM ${tableOf(kind)} WHERE ${filters(matching)} LIMIT ${FEW + 1})
    SELECT id::text AS uuid, folded, total FROM (SELECT count(*) AS total FROM found) AS counted
      LEFT JOIN LATERAL (SELECT * FROM found WHERE ${from}
        ORDER BY ${other}, folded, id LIMIT ${size + 1}) AS page ON true
    ORDER BY ${other}, folded, id`;
  const total = Number(rows[0]?.total ?? 0);
  if (total > FEW) return null;
  const shown = rows.flatMap(({ uuid, folded }) => (uuid === null ? [] : { uuid, folded }));
  return pageOfKeys(shown, size, total);
}

/** The page where a search finds many: from the index by name, first where names start with it, then anywhere. */
async function walkFound(
  db: PlantTransaction,
  kind: ElementKind,
  { narrowed, matching, search }: Found,
  { size, after }: Place,
): Promise<KeyRow[]> {
  const starts = startsWith(nameKey, search);
  const isAtStart = !after || after[0]?.startsWith(search) === true;
  const starting = isAtStart ? await keysOf(db, kind, [...narrowed, starts], after, size + 1) : [];
  if (starting.length > size) return starting;
  const others = [...matching, Prisma.sql`NOT (${starts})`];
  const rest = size + 1 - starting.length;
  return [...starting, ...(await keysOf(db, kind, others, isAtStart ? null : after, rest))];
}

interface KeyRow {
  readonly uuid: string;
  readonly folded: string;
}

function keysOf(
  db: PlantTransaction,
  kind: ElementKind,
  conditions: readonly Prisma.Sql[],
  after: readonly string[] | null,
  most: number,
): Promise<KeyRow[]> {
  const from = after
    ? Prisma.sql`(${nameKey}, id) > (${after[0]}::text, ${after[1]}::uuid)`
    : everything;
  return db.$queryRaw<KeyRow[]>`
    SELECT id::text AS uuid, ${nameKey} AS folded FROM ${tableOf(kind)}
    WHERE ${filters(conditions)} AND ${from} ORDER BY ${nameKey}, id LIMIT ${most}`;
}

const statusColumns: Partial<Record<ElementKind, string>> = {
  pole: 'licensing_status',
  box: 'deployment_status',
  cable: 'deployment_status',
  client: 'status',
};

/** What rows of a kind a list shows; `search` as `foldName` has it. */
export function conditionsOf(kind: ElementKind, filter: ElementFilter, search: string): Prisma.Sql {
  const narrowed = narrowedTo(kind, filter);
  return filters(search === '' ? narrowed : [...narrowed, holdsWords(kind, search)]);
}

function narrowedTo(kind: ElementKind, filter: ElementFilter): Prisma.Sql[] {
  const { projectId, tagId, status, poleId, boxId } = filter;
  const statusColumn = statusColumns[kind];
  const conditions = [
    projectId ? equalsId(Prisma.raw('project_id'), projectId) : null,
    tagId ? hasTag(kind, tagId) : null,
    status && statusColumn ? Prisma.sql`${Prisma.raw(statusColumn)} = ${status}` : null,
    poleId ? equalsId(Prisma.raw('pole_id'), poleId) : null,
    boxId ? atBox(kind, boxId) : null,
  ];
  return conditions.filter((condition) => condition !== null);
}

function hasTag(kind: ElementKind, tagId: string): Prisma.Sql {
  const tagged = Prisma.sql`SELECT ${columnOf(kind)} FROM ${tagTableOf(kind)}`;
  return Prisma.sql`id IN (${tagged} WHERE ${equalsId(Prisma.raw('tag_id'), tagId)})`;
}

function atBox(kind: ElementKind, boxId: string): Prisma.Sql {
  if (kind !== 'cable') return equalsId(Prisma.raw('box_id'), boxId);
  const [from, to] = ['from_box_id', 'to_box_id'].map((name) => equalsId(Prisma.raw(name), boxId));
  return Prisma.sql`(${from} OR ${to})`;
}

/**
 * One page of posts, newest first, of one element or of all: ids are in order of time. Open work comes by the day it
 * is due, then what has none.
 */
export async function postPage(
  db: PlantTransaction,
  { size, after, search, element, work }: PostKeyRequest,
): Promise<KeyPage> {
  const where = filters([
    element ? equalsId(columnOf(element.kind), element.id) : null,
    search ? startsWith(titleKey, search) : null,
    work ? Prisma.sql`work = ${work}` : null,
  ]);
  const byDue = work === 'OPEN';
  const from = after ? (byDue ? dueAfter(after) : Prisma.sql`id < ${after[0]}::uuid`) : everything;
  const order = Prisma.raw(byDue ? 'due_on, id' : 'id DESC');
  const rows = await db.$queryRaw<{ uuid: string; due: string }[]>`
    SELECT id::text AS uuid, coalesce(due_on::text, '') AS due FROM plant.post
    WHERE ${where} AND ${from} ORDER BY ${order} LIMIT ${size + 1}`;
  return {
    keys: rows.slice(0, size).map(({ uuid, due }) => ({
      id: uuid,
      key: byDue ? [due, uuid] : [uuid],
    })),
    hasNextPage: rows.length > size,
    totalCount: await countRows(db, Prisma.raw('plant.post'), where),
  };
}

/** NULL sorts last. A day that is none is a cursor of no list, so nothing comes after it. */
function dueAfter([due, id]: readonly string[]): Prisma.Sql {
  if (due === '') return Prisma.sql`(due_on IS NULL AND id > ${id}::uuid)`;
  if (!z.iso.date().safeParse(due).success) return Prisma.sql`false`;
  return Prisma.sql`((due_on, id) > (${due}::date, ${id}::uuid) OR due_on IS NULL)`;
}

/** PostgreSQL refuses malformed ids, so they match nothing here. */
function equalsId(column: Prisma.Sql, id: string): Prisma.Sql {
  return isId(id) ? Prisma.sql`${column} = ${id}::uuid` : Prisma.sql`false`;
}

/** Counts rows: exact up to MOST_COUNTED, beyond that the planner's estimate. */
async function countRows(
  db: PlantTransaction,
  table: Prisma.Sql,
  where: Prisma.Sql = everything,
): Promise<number> {
  const counted = await db.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) AS count FROM (SELECT FROM ${table} WHERE ${where} LIMIT ${MOST_COUNTED + 1}) AS counted`;
  const count = Number(counted[0]?.count ?? 0);
  if (count <= MOST_COUNTED) return count;
  return Math.max(count, await estimateRows(db, table, where));
}

/** The planner's estimate of how many rows there are. */
async function estimateRows(
  db: PlantTransaction,
  table: Prisma.Sql,
  where: Prisma.Sql,
): Promise<number> {
  const explained = await db.$queryRaw<{ 'QUERY PLAN': unknown }[]>`
    EXPLAIN (FORMAT JSON) SELECT FROM ${table} WHERE ${where}`;
  return plan.parse(explained[0]?.['QUERY PLAN'])[0].Plan['Plan Rows'];
}

/** `countRows` of whole tables, in their order. */
export function countTables(db: PlantTransaction, tables: readonly string[]): Promise<number[]> {
  return Promise.all(tables.map((table) => countRows(db, Prisma.raw(`plant."${table}"`))));
}

const plan = z.tuple([z.object({ Plan: z.object({ 'Plan Rows': z.number() }) })]);
