'use client';

import { useLocale, useTimeZone } from 'next-intl';
import type { Writing } from '#errors/text-in.ts';

/** The person's language and time zone, in which texts of errors are written. */
export function useWriting(): Writing {
  const locale = useLocale();
  const timeZone = useTimeZone() ?? 'UTC';
  return { locale, timeZone };
}
