import type { RowCountPartsFragment, RowDeed } from '#generated/graphql/client/graphql.ts';

type RowCount = RowCountPartsFragment;

/** What is written, in the order in which people read it. */
export const writtenDeeds = ['CREATE', 'UPDATE', 'REMOVE'] as const satisfies RowDeed[];
/** What is left as it is. */
export const otherDeeds = ['HERE', 'GONE', 'SAME', 'BLOCKED'] as const satisfies RowDeed[];

/** Contents of files come with the files of posts, which people see. */
const UNSAID: readonly string[] = ['stored_file'];

export function isWritten({ deed, count }: RowCount): boolean {
  return count > 0 && (deed === 'CREATE' || deed === 'UPDATE' || deed === 'REMOVE');
}

/** How many rows of each table have this done to them, most first. */
export function countsOf(
  counts: readonly RowCount[],
  deed: RowDeed,
): { readonly table: string; readonly count: number }[] {
  const sums = new Map<string, number>();
  for (const one of counts)
    if (one.deed === deed && !UNSAID.includes(one.table))
      sums.set(one.table, (sums.get(one.table) ?? 0) + one.count);
  return [...sums]
    .map(([table, count]) => ({ table, count }))
    .sort((a, b) => b.count - a.count || a.table.localeCompare(b.table));
}
