'use client';

import { useTranslations } from 'next-intl';
import { fieldMessageKey } from './field-message.ts';

/** What is wrong with a field in the person's language where the catalogue knows it, else as it came. */
export function useFieldText(): (message: string) => string {
  const t = useTranslations('fieldMessages');
  type Key = Parameters<typeof t>[0];
  return (message) => {
    const { key, n } = fieldMessageKey(message);
    if (t.has(key as Key)) return t(key as Key, { n } as Parameters<typeof t>[1]);
    return message.charAt(0).toLocaleUpperCase() + message.slice(1);
  };
}
