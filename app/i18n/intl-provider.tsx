'use client';

import { IntlProvider as Provider } from 'next-intl';
import type { ReactNode } from 'react';
import type { Locale } from '#errors/locale.ts';
import type { Messages } from './catalogues.ts';

interface Props {
  locale: Locale;
  messages: Messages;
  /** The schedule's zone; null before somebody signed in, when nothing shows a moment. */
  timeZone: string | null;
  children: ReactNode;
}

/** Provides texts and formats to the pages. Dates are shown in the schedule's time zone. */
export function IntlProvider({ locale, messages, timeZone, children }: Props) {
  return (
    <Provider locale={locale} messages={messages} timeZone={timeZone ?? 'UTC'}>
      {children}
    </Provider>
  );
}
