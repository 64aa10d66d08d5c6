'use client';

import { useTranslations } from 'next-intl';
import { Badge, type Tone } from '#app/components/ui/badge.tsx';
import type { FieldSpec, OptionGroup } from './kit.ts';
import { clientTones, deploymentTones, licensingTones } from './tones.ts';

const tones: Partial<Record<OptionGroup, Readonly<Record<string, Tone>>>> = {
  licensing: licensingTones,
  deployment: deploymentTones,
  clientStatus: clientTones,
};

/** The state of an element in its color; nothing for choices that are no state. */
export function StatusBadge({
  field,
  value,
}: {
  field: Extract<FieldSpec, { type: 'select' }>;
  value: string;
}) {
  const t = useTranslations('network.options');
  const tone = tones[field.group]?.[value];
  if (!tone) return null;
  return <Badge tone={tone}>{t(`${field.group}.${value}` as Parameters<typeof t>[0])}</Badge>;
}
