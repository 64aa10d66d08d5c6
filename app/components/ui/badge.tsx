import type { ReactNode } from 'react';
import { classes } from './classes.ts';

export type Tone = 'neutral' | 'accent' | 'good' | 'warn' | 'danger';

const tones: Record<Tone, string> = {
  neutral: 'bg-sunken text-ink-2 ring-line',
  accent: 'bg-accent-soft text-accent-strong ring-transparent',
  good: 'bg-good-soft text-good ring-transparent',
  warn: 'bg-warn-soft text-warn ring-transparent',
  danger: 'bg-danger-soft text-danger ring-transparent',
};

export function Badge({ tone = 'neutral', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={classes(
        'inline-flex items-center gap-1 whitespace-nowrap rounded-full px-2 py-px font-medium text-xs ring-1 ring-inset',
        tones[tone],
      )}
    >
      {children}
    </span>
  );
}

/** A tag of the network. Its color is a dot, so that the text keeps its contrast. */
export function TagChip({ name, color }: { name: string; color: string }) {
  return (
    <span className="inline-flex max-w-40 items-center gap-1.5 rounded-full bg-surface px-2 py-px text-ink-2 text-xs ring-1 ring-line ring-inset">
      <span
        aria-hidden
        className="size-2 shrink-0 rounded-full ring-1 ring-line-strong"
        style={{ backgroundColor: color }}
      />
      <span className="truncate">{name}</span>
    </span>
  );
}
