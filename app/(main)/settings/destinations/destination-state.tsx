'use client';

import { useTranslations } from 'next-intl';
import { Badge, type Tone } from '#app/components/ui/badge.tsx';
import type { DestinationState } from '#generated/graphql/client/graphql.ts';

const tones: Record<DestinationState, Tone> = {
  OK: 'good',
  OFF: 'neutral',
  EMPTY: 'neutral',
  SENDING: 'accent',
  FAILING: 'danger',
  OVERDUE: 'warn',
  DAMAGED: 'danger',
  LOST: 'danger',
};

export function StateBadge({ state }: { state: DestinationState }) {
  const t = useTranslations('destinations.states');
  return <Badge tone={tones[state]}>{t(state)}</Badge>;
}
