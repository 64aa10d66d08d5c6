import type { NotRestorablePartsFragment } from '#generated/graphql/client/graphql.ts';

/** Tables by name, with their columns where not all of a table is meant. */
export function tableNames(entries: readonly NotRestorablePartsFragment[]): string {
  return entries
    .map(({ table, columns }) => (columns ? `${table} (${columns.join(', ')})` : table))
    .join(', ');
}
