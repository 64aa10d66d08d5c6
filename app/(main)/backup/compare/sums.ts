import type { ChangeKind } from '#generated/graphql/client/graphql.ts';

/** How many rows were added, changed and removed. */
export interface Counts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

export function sumOf(all: readonly Counts[]): Counts {
  return {
    added: all.reduce((sum, { added }) => sum + added, 0),
    changed: all.reduce((sum, { changed }) => sum + changed, 0),
    removed: all.reduce((sum, { removed }) => sum + removed, 0),
  };
}

export function countOf(kind: ChangeKind, { added, changed, removed }: Counts): number {
  return kind === 'ADDED' ? added : kind === 'CHANGED' ? changed : removed;
}
