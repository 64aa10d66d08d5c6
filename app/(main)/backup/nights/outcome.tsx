import {
  CalendarX,
  Check,
  CircleX,
  LoaderCircle,
  type LucideIcon,
  RotateCw,
  ShieldCheck,
} from 'lucide-react';
import type { NightPartsFragment } from '#generated/graphql/client/graphql.ts';

export type Night = NightPartsFragment;

/** The outcome of a night as an icon and a word. Color only supports them (WCAG 1.4.1). */
export const outcomes = ['tested', 'made', 'failed', 'missed', 'running', 'waiting'] as const;
export type Outcome = (typeof outcomes)[number];

export const outcomeLooks: Record<Outcome, { icon: LucideIcon; look: string }> = {
  tested: { icon: ShieldCheck, look: 'bg-good-soft text-good' },
  made: { icon: Check, look: 'bg-accent-soft text-accent-strong' },
  failed: { icon: CircleX, look: 'bg-danger-soft text-danger' },
  missed: { icon: CalendarX, look: 'bg-warn-soft text-warn' },
  running: { icon: LoaderCircle, look: 'bg-sunken text-ink-2' },
  waiting: { icon: RotateCw, look: 'bg-warn-soft text-warn' },
};

export function outcomeOf(night: Night): Outcome {
  if (night.status === 'SUCCEEDED') {
    if (night.backup?.testFailedAt) return 'failed';
    return night.testedAt ? 'tested' : 'made';
  }
  if (night.status === 'FAILED') return 'failed';
  if (night.status === 'MISSED') return 'missed';
  return night.status === 'RUNNING' ? 'running' : 'waiting';
}
