import { Prisma } from '#generated/plant/client.ts';
import type { PlantClient } from '#plant/client.ts';
import { type ElementKind, elementKinds, tableOf } from '../network/element-rows.ts';
import { nameKey, startsWith } from '../network/page-rows.ts';
import { holdsWords } from '../network/word-conditions-rows.ts';

/** An element that a search found. */
export interface FoundElement {
  readonly kind: ElementKind;
  readonly id: string;
  readonly name: string;
  /** Its address, where its kind has one. */
  readonly address: string;
}

const columns = (kind: ElementKind) => {
  const address = kind === 'pole' || kind === 'client' ? 'address' : "''";
  return Prisma.raw(`'${kind}' AS kind, id::text AS id, name, ${address} AS address`);
};

/** Up to `most` elements of each kind whose names start with `search` (as `foldName` has it), from the indexes by name. */
export function elementsStarting(
  db: PlantClient,
  search: string,
  most: number,
): Promise<FoundElement[]> {
  const parts = elementKinds.map(
    (kind) => Prisma.sql`(SELECT ${columns(kind)} FROM ${tableOf(kind)}
      WHERE ${startsWith(nameKey, search)} ORDER BY ${nameKey}, id LIMIT ${most})`,
  );
  return db.$queryRaw<FoundElement[]>`${Prisma.join(parts, ' UNION ALL ')}`;
}

/**
 * Up to `most` elements of a kind that hold all words of `search` and whose names do not start with it, in no order.
 * Null where that takes longer than `deadlineMs`.
 */
export async function elementsHolding(
  db: PlantClient,
  kind: ElementKind,
  search: string,
  { most, deadlineMs }: { readonly most: number; readonly deadlineMs: number },
): Promise<FoundElement[] | null> {
  try {
    return await db.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT set_config('statement_timeout', ${`${Math.ceil(deadlineMs)}ms`}, true)`;
      return tx.$queryRaw<FoundElement[]>`
        SELECT ${columns(kind)} FROM ${tableOf(kind)}
        WHERE ${holdsWords(kind, search)} AND NOT (${startsWith(nameKey, search)}) LIMIT ${most}`;
    });
  } catch (thrown) {
    if (isTimeout(thrown)) return null;
    throw thrown;
  }
}

/** PostgreSQL's query_canceled, through Prisma. */
function isTimeout(thrown: unknown): boolean {
  const { code, meta } = (thrown ?? {}) as { code?: unknown; meta?: unknown };
  return code === 'P2010' && JSON.stringify(meta ?? {}).includes('57014');
}
