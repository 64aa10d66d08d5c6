import { validate as isUuid } from 'uuid';
import { validationError } from '#errors';
import { foldName } from '#text';

const MAX_PAGE_SIZE = 200;

/** One page of a list, in order. */
export interface Page<T> {
  readonly items: T[];
  readonly hasNextPage: boolean;
  readonly totalCount: number;
}

/** How many items a page takes; throws VALIDATION_FAILED below 1, and caps at MAX_PAGE_SIZE. */
export function pageSize(first: number | null | undefined, otherwise: number): number {
  const size = first ?? otherwise;
  if (size < 1) throw validationError([{ path: 'first', reason: 'atLeast', params: { min: 1 } }]);
  return Math.min(size, MAX_PAGE_SIZE);
}

/** The page in `rows`, of which one more than `size` was read to see whether others follow. */
export function pageOf<T>(rows: T[], size: number, totalCount: number): Page<T> {
  return { items: rows.slice(0, size), hasNextPage: rows.length > size, totalCount };
}

/** An opaque cursor: the values that order the list. */
export function encodeCursor(...key: string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** The `length` values of a cursor, null without one. Throws VALIDATION_FAILED where it is not ours. */
export function decodeCursor(after: string | null | undefined, length: number): string[] | null {
  if (after == null) return null;
  const key = parseJson(Buffer.from(after, 'base64url').toString());
  if (Array.isArray(key) && key.length === length && key.every((part) => typeof part === 'string'))
    return key;
  throw invalidCursor();
}

/** Order of lists by time, as their index has it: (createdAt, id), newest first. */
export const newestFirst = [{ createdAt: 'desc' as const }, { id: 'desc' as const }];

export function rowCursor(row: { createdAt: Date; id: string }): string {
  return encodeCursor(row.createdAt.toISOString(), row.id);
}

/**
 * What follows the cursor in a list that is `newestFirst`; everything without one. Throws
 * VALIDATION_FAILED. `createdAt <=` alone bounds the index scan; the rest separates rows of the same
 * millisecond.
 */
export function olderThan(after: string | null | undefined) {
  const place = placeOf(after);
  if (!place) return {};
  const { createdAt, id } = place;
  return {
    createdAt: { lte: createdAt },
    OR: [{ createdAt: { lt: createdAt } }, { id: { lt: id } }],
  };
}

/** The row of a cursor in a list that is `newestFirst`; null without one. Throws VALIDATION_FAILED. */
export function placeOf(after: string | null | undefined): { createdAt: Date; id: string } | null {
  const key = decodeCursor(after, 2);
  if (!key) return null;
  const [time = '', id = ''] = key;
  const createdAt = new Date(time);
  if (Number.isNaN(createdAt.getTime()) || !isUuid(id)) throw invalidCursor();
  return { createdAt, id };
}

export function invalidCursor() {
  return validationError([{ path: 'after', reason: 'unknownCursor' }]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const MOST_SEARCHED = 200;

/** The first 200 characters that a person typed into a search field, as `foldName` has them. */
export function searchText(search: string | null | undefined): string {
  const characters = [...(search ?? '').slice(0, 2 * MOST_SEARCHED)];
  return foldName(characters.slice(0, MOST_SEARCHED).join(''));
}

/** Finds `search` anywhere by LIKE. */
export function anywhere(search: string): string {
  return `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`;
}
