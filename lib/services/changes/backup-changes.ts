import type { Backup, Prisma } from '#generated/vault/client.ts';

/** How many rows of something were added, changed and removed. */
export interface ChangeCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** What one person changed in one table. An entry of the column `backup.changes`. */
export interface ChangeEntry extends ChangeCounts {
  readonly table: string;
  /** Id of their account; null: nobody knows who. */
  readonly person: string | null;
  /** What they were called when it was counted. */
  readonly name: string | null;
}

/** What changed in one table, and by whom. */
export interface TableChanges extends ChangeCounts {
  readonly table: string;
  readonly people: readonly (ChangeCounts & Pick<ChangeEntry, 'person' | 'name'>)[];
}

/** Null where it is not known. */
export function changeEntries({ changes }: Pick<Backup, 'changes'>): readonly ChangeEntry[] | null {
  return changes as unknown as ChangeEntry[] | null;
}

export function changesColumn(entries: readonly ChangeEntry[]): Prisma.InputJsonArray {
  return entries.map((entry) => ({ ...entry }));
}

/** Tables by name, and in each the people with most changes first. Without those that `hidden` names. */
export function changesByTable(
  entries: readonly ChangeEntry[],
  hidden: ReadonlySet<string>,
): TableChanges[] {
  const tables = new Map<string, ChangeEntry[]>();
  for (const entry of entries)
    if (!hidden.has(entry.table))
      tables.set(entry.table, [...(tables.get(entry.table) ?? []), entry]);
  return [...tables]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([table, people]) => ({
      table,
      ...sumOf(people),
      people: people
        .map(({ table: _, ...person }) => person)
        .sort((one, other) => sizeOf(other) - sizeOf(one)),
    }));
}

export function sumOf(counts: readonly ChangeCounts[]): ChangeCounts {
  const sum = (of: keyof ChangeCounts) => counts.reduce((total, one) => total + one[of], 0);
  return { added: sum('added'), changed: sum('changed'), removed: sum('removed') };
}

function sizeOf({ added, changed, removed }: ChangeCounts): number {
  return added + changed + removed;
}
