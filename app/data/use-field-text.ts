'use client';

import { useTranslations } from 'next-intl';

/** Numbers become a parameter and the words a key: "has more than 200 characters" → n = 200. */
export function fieldMessageKey(message: string): { key: string; n: number } {
  const n = Number(/\d+(\.\d+)?/.exec(message)?.[0] ?? 0);
  const words = message.toLowerCase().replace(/[^a-z]+/g, '_');
  return { key: words.replace(/^_|_$/g, ''), n };
}

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
