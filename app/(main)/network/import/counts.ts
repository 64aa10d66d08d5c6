import type { ImportPartsFragment, ImportRowState } from '#generated/graphql/client/graphql.ts';

/** In the order in which people look at them. */
export const states = ['NEW', 'UPDATED', 'SAME', 'WRONG', 'DUPLICATE'] as const;

/** How many rows have one of the states. */
export function countOf(
  { counts }: Pick<ImportPartsFragment, 'counts'>,
  ...wanted: readonly ImportRowState[]
): number {
  return counts
    .filter(({ state }) => wanted.includes(state))
    .reduce((sum, { count }) => sum + count, 0);
}
