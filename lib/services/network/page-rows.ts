import { z } from 'zod';
import { Prisma } from '#generated/plant/client.ts';
import type { PlantTransaction } from '#plant/client.ts';
import { isId } from '#plant/fields.ts';
import { columnOf, type ElementKind, tableOf } from './element-rows.ts';

/** Totals up to this are exact. Larger ones are the planner's estimate, so that any size costs the same. */
export const MOST_COUNTED = 10_000;

export interface KeyRequest {
  /** How many rows, at least 1. */
  readonly size: number;
  /** The key after which the page begins; null: from the start. */
  readonly after: readonly string[] | null;
  /** The start of the name, as `foldName` has it; empty: any. */
  readonly search: string;
}

export interface ElementKeyRequest extends KeyRequest {
  readonly projectId?: string | null;
}

export interface PostKeyRequest extends KeyRequest {
  readonly element?: { readonly kind: ElementKind; readonly id: string } | null;
}

/** The rows of a page in order, each with its key in the list's order. */
export interface KeyPage {
  readonly keys: readonly { readonly id: string; readonly key: readonly string[] }[];
  readonly hasNextPage: boolean;
  readonly totalCount: number;
}

/** The expressions of the indexes: names as `foldName` has them, by code points. */
const nameKey = Prisma.raw('plant.fold_name("name" COLLATE "C")');
const titleKey = Prisma.raw('plant.fold_name("title" COLLATE "C")');

const everything = Prisma.sql`true`;

/** U+10FFFF sorts after every character that may follow the prefix. */
function startsWith(key: Prisma.Sql, search: string): Prisma.Sql {
  return Prisma.sql`${key} >= ${search}::text AND ${key} < ${search}::text || U&'\\+10FFFF'`;
}

function filters(conditions: readonly (Prisma.Sql | null)[]): Prisma.Sql {
  const given = conditions.filter((condition) => condition !== null);
  return given.length > 0 ? Prisma.join(given, ' AND ') : everything;
}

/**
 * One page of the elements of a kind. Order and key: folded name, then id. Reads only the
 * page's index entries, however deep.
 */
export async function elementPage(
  db: PlantTransaction,
  kind: ElementKind,
  { size, after, search, projectId }: ElementKeyRequest,
): Promise<KeyPage> {
  const where = filters([
    projectId ? equalsId(Prisma.raw('project_id'), projectId) : null,
    search ? startsWith(nameKey, search) : null,
  ]);
  const from = after
    ? Prisma.sql`(${nameKey}, id) > (${after[0]}::text, ${after[1]}::uuid)`
    : everything;
  const rows = await db.$queryRaw<{ uuid: string; folded: string }[]>`
    SELECT id::text AS uuid, ${nameKey} AS folded FROM ${tableOf(kind)}
    WHERE ${where} AND ${from} ORDER BY ${nameKey}, id LIMIT ${size + 1}`;
  return {
    keys: rows.slice(0, size).map(({ uuid, folded }) => ({ id: uuid, key: [folded, uuid] })),
    hasNextPage: rows.length > size,
    totalCount: await countRows(db, tableOf(kind), where),
  };
}

/** One page of posts, newest first, of one element or of all. Ids are in order of time, so they are the key. */
export async function postPage(
  db: PlantTransaction,
  { size, after, search, element }: PostKeyRequest,
): Promise<KeyPage> {
  const where = filters([
    element ? equalsId(columnOf(element.kind), element.id) : null,
    search ? startsWith(titleKey, search) : null,
  ]);
  const from = after ? Prisma.sql`id < ${after[0]}::uuid` : everything;
  const rows = await db.$queryRaw<{ uuid: string }[]>`
    SELECT id::text AS uuid FROM plant.post
    WHERE ${where} AND ${from} ORDER BY id DESC LIMIT ${size + 1}`;
  return {
    keys: rows.slice(0, size).map(({ uuid }) => ({ id: uuid, key: [uuid] })),
    hasNextPage: rows.length > size,
    totalCount: await countRows(db, Prisma.raw('plant.post'), where),
  };
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
  const explained = await db.$queryRaw<{ 'QUERY PLAN': unknown }[]>`
    EXPLAIN (FORMAT JSON) SELECT FROM ${table} WHERE ${where}`;
  return Math.max(count, plan.parse(explained[0]?.['QUERY PLAN'])[0].Plan['Plan Rows']);
}

/** `countRows` of whole tables, in their order. */
export function countTables(db: PlantTransaction, tables: readonly string[]): Promise<number[]> {
  return Promise.all(tables.map((table) => countRows(db, Prisma.raw(`plant."${table}"`))));
}

const plan = z.tuple([z.object({ Plan: z.object({ 'Plan Rows': z.number() }) })]);
