import { z } from 'zod';
import { Prisma } from '../../generated/plant/client.ts';
import { validationError } from '../errors/index.ts';
import type { PlantTransaction } from './client.ts';
import { columnOf, type ElementKind, tableOf } from './elements.ts';
import { isId } from './fields.ts';

export const MOST_ROWS = 500;
/** Up to here a total is counted; beyond, it is the planner's estimate, so that it costs the same at any size. */
export const MOST_COUNTED = 10_000;

export interface PageRequest {
  readonly first: number;
  /** The cursor after which the page begins. */
  readonly after?: string | null;
  /** The start of the name, whatever its case and accents. */
  readonly search?: string | null;
}

export interface ElementPageRequest extends PageRequest {
  readonly projectId?: string | null;
}

export interface PostPageRequest extends PageRequest {
  readonly element?: { readonly kind: ElementKind; readonly id: string } | null;
}

/** A page's ids in order, each with its cursor. */
export interface IdPage {
  readonly ids: readonly { readonly id: string; readonly cursor: string }[];
  readonly hasNextPage: boolean;
  readonly totalCount: number;
}

const ACCENTED = 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ';
const PLAIN = 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy';

/** The migration's expression, letter for letter, or its index is not used: no case, no accents, collation C. */
const folded = (text: Prisma.Sql) =>
  Prisma.sql`translate(lower(${text} COLLATE "C"), ${Prisma.raw(`'${ACCENTED}', '${PLAIN}'`)})`;

const nameKey = folded(Prisma.raw('"name"'));
const titleKey = folded(Prisma.raw('"title"'));

const everything = Prisma.sql`true`;

/** The last code point sorts after whatever may follow the prefix. */
function startsWith(key: Prisma.Sql, search: string): Prisma.Sql {
  const prefix = folded(Prisma.sql`${search}::text`);
  return Prisma.sql`${key} >= ${prefix} AND ${key} < ${prefix} || U&'\\+10FFFF'`;
}

function filters(conditions: readonly (Prisma.Sql | null)[]): Prisma.Sql {
  const given = conditions.filter((condition) => condition !== null);
  return given.length > 0 ? Prisma.join(given, ' AND ') : everything;
}

/**
 * One page of the elements of a kind, ordered by name (no case, no accents) and id. Reads just the page's
 * index entries, however deep. Throws VALIDATION_FAILED for a wrong `first`, `after` or `search`.
 */
export async function elementPage(
  db: PlantTransaction,
  kind: ElementKind,
  request: ElementPageRequest,
): Promise<IdPage> {
  const search = readSearch(request.search);
  const { projectId } = request;
  const where = filters([
    projectId
      ? isId(projectId)
        ? Prisma.sql`project_id = ${projectId}::uuid`
        : Prisma.sql`false`
      : null,
    search ? startsWith(nameKey, search) : null,
  ]);
  const after = request.after ? readCursor(nameCursor, request.after) : null;
  const from = after
    ? Prisma.sql`(${nameKey}, id) > (${after[0]}::text, ${after[1]}::uuid)`
    : everything;
  const first = readFirst(request.first);
  const rows = await db.$queryRaw<{ id: string; key: string }[]>`
    SELECT id::text AS id, ${nameKey} AS key FROM ${tableOf(kind)}
    WHERE ${where} AND ${from} ORDER BY ${nameKey}, plant.${Prisma.raw(`"${kind}"`)}.id LIMIT ${first + 1}`;
  return {
    ids: rows.slice(0, first).map(({ id, key }) => ({ id, cursor: writeCursor([key, id]) })),
    hasNextPage: rows.length > first,
    totalCount: await countRows(db, tableOf(kind), where),
  };
}

/** One page of posts, newest first (their ids are in order of time), of one element or of all. */
export async function postPage(db: PlantTransaction, request: PostPageRequest): Promise<IdPage> {
  const search = readSearch(request.search);
  const where = filters([
    request.element ? onElement(request.element) : null,
    search ? startsWith(titleKey, search) : null,
  ]);
  const after = request.after ? readCursor(idCursor, request.after) : null;
  const from = after ? Prisma.sql`id < ${after[0]}::uuid` : everything;
  const first = readFirst(request.first);
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT id::text AS id FROM plant.post
    WHERE ${where} AND ${from} ORDER BY plant.post.id DESC LIMIT ${first + 1}`;
  return {
    ids: rows.slice(0, first).map(({ id }) => ({ id, cursor: writeCursor([id]) })),
    hasNextPage: rows.length > first,
    totalCount: await countRows(db, Prisma.raw('plant.post'), where),
  };
}

function onElement(element: { kind: ElementKind; id: string }): Prisma.Sql {
  return isId(element.id)
    ? Prisma.sql`${columnOf(element.kind)} = ${element.id}::uuid`
    : Prisma.sql`false`;
}

/** How many rows: exact up to MOST_COUNTED, beyond that PostgreSQL's estimate. */
export async function countRows(
  db: PlantTransaction,
  table: Prisma.Sql,
  where: Prisma.Sql = everything,
): Promise<number> {
  const counted = await db.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) AS count FROM (SELECT FROM ${table} WHERE ${where} LIMIT ${MOST_COUNTED + 1}) AS some`;
  const count = Number(counted[0]?.count ?? 0);
  if (count <= MOST_COUNTED) return count;
  const explained = await db.$queryRaw<{ 'QUERY PLAN': unknown }[]>`
    EXPLAIN (FORMAT JSON) SELECT FROM ${table} WHERE ${where}`;
  return Math.max(count, plan.parse(explained[0]?.['QUERY PLAN'])[0].Plan['Plan Rows']);
}

const plan = z.tuple([z.object({ Plan: z.object({ 'Plan Rows': z.number() }) })]);

const idCursor = z.tuple([z.string().refine(isId)]);
const nameCursor = z.tuple([z.string().refine(storable), z.string().refine(isId)]);

function writeCursor(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function readCursor<T>(schema: z.ZodType<T>, cursor: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw validationError([{ path: 'after', message: 'is not a cursor of this list' }]);
  }
}

function readFirst(first: number): number {
  if (Number.isInteger(first) && first >= 0 && first <= MOST_ROWS) return first;
  throw validationError([
    { path: 'first', message: `is not a whole number from 0 to ${MOST_ROWS}` },
  ]);
}

function readSearch(search: string | null | undefined): string {
  const text = (search ?? '').trim();
  if (text.length <= MOST_ROWS && storable(text)) return text;
  throw validationError([{ path: 'search', message: 'is too long or holds what no name can' }]);
}

/** PostgreSQL keeps neither NUL nor halves of a surrogate pair. */
function storable(text: string): boolean {
  return !/[\0\p{Cs}]/u.test(text);
}
