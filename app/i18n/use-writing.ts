'use client';

import { useLocale, useTimeZone } from 'next-intl';
import { useSyncExternalStore } from 'react';
import { momentText, type Writing } from '#errors/moment-text.ts';

type Style = Parameters<typeof momentText>[2];

/** The person's language, the schedule's zone and the browser's, in which texts of errors and moments are written. */
export function useWriting(): Writing {
  const locale = useLocale();
  const timeZone = useTimeZone() ?? 'UTC';
  const browserZone = useSyncExternalStore(never, ownZone, unknownZone);
  return { locale, timeZone, ownZone: browserZone ?? timeZone };
}

/** Writes a moment in the schedule's zone, which is named where the browser's clock shows another time. */
export function useMoment(): (at: string, style?: Style) => string {
  const writing = useWriting();
  return (at, style) => momentText(new Date(at), writing, style);
}

const never = () => () => {};
const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
/** The server does not know it. */
const unknownZone = () => null;
