import { classes } from '#app/components/ui/classes.ts';
import type { ChangeKind } from '#generated/graphql/client/graphql.ts';

/** What a change means to the reader: something is won, lost or altered. Shape and color say the same (WCAG 1.4.1). */
export type Meaning = 'gain' | 'loss' | 'change';

/** In the order in which people read them. */
export const kindsShown: readonly ChangeKind[] = ['REMOVED', 'ADDED', 'CHANGED'];

/**
 * Restoring brings back what was removed, and takes away what was added. Between two backups nothing is restored:
 * what was added is won.
 */
export function meaningOf(kind: ChangeKind, toNow: boolean): Meaning {
  if (kind === 'CHANGED') return 'change';
  return (kind === 'REMOVED') === toNow ? 'gain' : 'loss';
}

export const meaningLooks: Record<Meaning, { text: string; soft: string; fill: string }> = {
  gain: { text: 'text-good', soft: 'bg-good-soft', fill: 'fill-good' },
  loss: { text: 'text-danger', soft: 'bg-danger-soft', fill: 'fill-danger' },
  change: { text: 'text-warn', soft: 'bg-warn-soft', fill: 'fill-warn' },
};

/** A triangle up, a triangle down, a diamond: around (0, 0), for a circle of radius 5. */
export const meaningPaths: Record<Meaning, string> = {
  gain: 'M0-5 5 4H-5Z',
  loss: 'M0 5-5-4H5Z',
  change: 'M0-5.5 5.5 0 0 5.5-5.5 0Z',
};

export function Mark({ meaning, className = 'size-3' }: { meaning: Meaning; className?: string }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="-6 -6 12 12"
      className={classes('shrink-0', meaningLooks[meaning].fill, className)}
    >
      <path d={meaningPaths[meaning]} />
    </svg>
  );
}
