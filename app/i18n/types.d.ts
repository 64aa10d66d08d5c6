import type { Locale } from '#errors/locale.ts';
import type { Messages as AllMessages } from './catalogues.ts';

declare module 'next-intl' {
  interface AppConfig {
    Locale: Locale;
    Messages: AllMessages;
  }
}
