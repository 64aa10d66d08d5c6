import type { LucideIcon } from 'lucide-react';

/** One thing that a search offers. */
export interface Hit {
  readonly key: string;
  readonly title: string;
  readonly detail: string;
  readonly icon: LucideIcon;
  /** Where it leads. */
  readonly href: string;
}

/** Hits of one sort under a heading. */
export interface HitGroup {
  readonly key: string;
  readonly title: string;
  readonly hits: readonly Hit[];
}
