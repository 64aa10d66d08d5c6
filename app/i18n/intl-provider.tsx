'use client';

import { IntlProvider as Provider } from 'next-intl';
import type { ReactNode } from 'react';
import type { Locale } from '#errors/locale.ts';
import type { Messages } from './catalogues.ts';

interface Props {
  locale: Locale;
  messages: Messages;
  children: ReactNode;
}

/** Provides texts and formats to the pages. Dates are shown in the browser's time zone. */
export function IntlProvider({ locale, messages, children }: Props) {
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Provider locale={locale} messages={messages} timeZone={timeZone}>
      {children}
    </Provider>
  );
}
