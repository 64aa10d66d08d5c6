import { isId } from '#plant/fields.ts';
import {
  decodeCursor,
  encodeCursor,
  invalidCursor,
  type Page,
  pageSize,
  searchText,
} from '../page.ts';
import type { KeyPage, KeyRequest } from './page-rows.ts';

/** One page of the network, each row with its cursor. The total is exact up to 10,000, then an estimate. */
export type NetworkPage<Row> = Page<{ readonly cursor: string; readonly row: Row }>;

/** As clients ask for a page. */
export interface ListRequest {
  readonly first?: number | null;
  readonly after?: string | null;
  /** Whatever its case and accents (see `foldName`): words for elements, the start of the title for posts. */
  readonly search?: string | null;
}

const USUAL_SIZE = 50;

/** What a list is ordered by: how many values, the last of them an id. */
export const nameKey = 2;
export const idKey = 1;
/** Of open work: the day, empty where there is none, and the id. */
export const dueKey = 2;

/** Throws VALIDATION_FAILED for a wrong `first` or a cursor of another list. */
export function readRequest(request: ListRequest, keyLength: number): KeyRequest {
  const after = decodeCursor(request.after, keyLength);
  if (
    after &&
    !after.every((part, at) => (at === keyLength - 1 ? isId(part) : !CONTROL.test(part)))
  )
    throw invalidCursor();
  return { size: pageSize(request.first, USUAL_SIZE), after, search: searchText(request.search) };
}

/** PostgreSQL keeps no NUL, and halves of a surrogate pair are no text. */
const CONTROL = /[\p{Cc}\p{Cs}]/u;

export const idsOf = (page: KeyPage) => page.keys.map(({ id }) => id);

/** The rows in the page's order; one that was deleted between the two queries is left out. */
export function inOrder<Row extends { id: string }>(
  page: KeyPage,
  rows: readonly Row[],
): NetworkPage<Row> {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return {
    items: page.keys.flatMap(({ id, key }) => {
      const row = byId.get(id);
      return row ? [{ cursor: encodeCursor(...key), row }] : [];
    }),
    hasNextPage: page.hasNextPage,
    totalCount: page.totalCount,
  };
}
