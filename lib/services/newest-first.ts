import { validate as isUuid } from 'uuid';
import { decodeCursor, encodeCursor, invalidCursor } from './page.ts';

/** How lists by time are ordered, so that their index needs no sort: (createdAt, id), newest first. */
export const newestFirst = [{ createdAt: 'desc' as const }, { id: 'desc' as const }];

export function rowCursor(row: { createdAt: Date; id: string }): string {
  return encodeCursor(row.createdAt.toISOString(), row.id);
}

/**
 * What follows the cursor in a list that is `newestFirst`; everything without one. Throws
 * VALIDATION_FAILED. `createdAt <=` alone bounds the index scan, the rest tells rows of one millisecond
 * apart.
 */
export function olderThan(after: string | null | undefined) {
  const key = decodeCursor(after, 2);
  if (!key) return {};
  const [time = '', id = ''] = key;
  const createdAt = new Date(time);
  if (Number.isNaN(createdAt.getTime()) || !isUuid(id)) throw invalidCursor();
  return {
    createdAt: { lte: createdAt },
    OR: [{ createdAt: { lt: createdAt } }, { id: { lt: id } }],
  };
}
