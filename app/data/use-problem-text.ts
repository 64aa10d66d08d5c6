'use client';

import { useTranslations } from 'next-intl';
import type { Problem } from './problem.ts';

export interface ProblemText {
  readonly message: string;
  readonly hint: string;
}

const SERVER_ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** What a message names and a translation names again: servers by their id, in order, and a name in quotes. */
export function namesIn(message: string): { first: string; second: string; name: string } {
  const [first = '?', second = '?'] = message.match(SERVER_ID) ?? [];
  return { first, second, name: /“(.*)”/s.exec(message)?.[1] ?? '?' };
}

/** A Problem in the person's language where the catalogue knows its code, else as the server worded it. */
export function useProblemText(): (problem: Problem) => ProblemText {
  const t = useTranslations('problems');
  type Key = Parameters<typeof t>[0];
  return (problem) => {
    const names = namesIn(problem.message) as Parameters<typeof t>[1];
    const known = (key: string) => (t.has(key as Key) ? t(key as Key, names) : null);
    return {
      message: known(`${problem.code}.message`) ?? problem.message,
      hint: known(`${problem.code}.hint`) ?? problem.hint,
    };
  };
}
