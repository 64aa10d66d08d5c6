import { z } from 'zod';
import { validationError } from '../errors/index.ts';

export const MOST_ROWS = 200;

/** One page of a list ordered by (createdAt, id), newest first. */
export interface PageRequest {
  readonly first: number;
  /** The cursor after which the page begins. */
  readonly after?: string | null;
}

interface Position {
  readonly createdAt: Date;
  readonly id: string;
}

export interface Page<T> {
  readonly nodes: readonly T[];
  readonly hasNextPage: boolean;
  readonly totalCount: number;
}

const cursor = z.tuple([z.iso.datetime(), z.uuid()]);

export function cursorOf(row: Position): string {
  return Buffer.from(JSON.stringify([row.createdAt.toISOString(), row.id])).toString('base64url');
}

/**
 * What Prisma is asked for: one row more than the page holds. The condition on `createdAt` alone is what
 * lets the index begin at the cursor; PostgreSQL does not see it in the OR. Throws VALIDATION_FAILED.
 */
export function keyset(page: PageRequest) {
  const { first } = page;
  if (!Number.isInteger(first) || first < 0 || first > MOST_ROWS)
    throw validationError([
      { path: 'first', message: `is not a whole number from 0 to ${MOST_ROWS}` },
    ]);
  const after = page.after ? readCursor(page.after) : null;
  const { createdAt, id } = after ?? {};
  return {
    where: after
      ? {
          createdAt: { lte: createdAt },
          OR: [{ createdAt: { lt: createdAt } }, { id: { lt: id } }],
        }
      : {},
    orderBy: [{ createdAt: 'desc' as const }, { id: 'desc' as const }],
    take: first + 1,
  };
}

function readCursor(text: string): Position {
  try {
    const [createdAt, id] = cursor.parse(
      JSON.parse(Buffer.from(text, 'base64url').toString('utf8')),
    );
    return { createdAt: new Date(createdAt), id };
  } catch {
    throw validationError([{ path: 'after', message: 'is not a cursor of this list' }]);
  }
}

/** Cuts off the row that `keyset` asked for beyond the page. */
export function pageOf<T>(rows: readonly T[], first: number, totalCount: number): Page<T> {
  return { nodes: rows.slice(0, first), hasNextPage: rows.length > first, totalCount };
}
