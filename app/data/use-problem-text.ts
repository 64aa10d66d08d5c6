'use client';

import { useTranslations } from 'next-intl';
import type { Problem } from './problem.ts';

export interface ProblemText {
  readonly message: string;
  readonly hint: string;
}

/** A Problem in the person's language where the catalogue knows its code, else as the server worded it. */
export function useProblemText(): (problem: Problem) => ProblemText {
  const t = useTranslations('problems');
  return (problem) => {
    const known = (key: string) =>
      t.has(key as Parameters<typeof t>[0]) ? t(key as Parameters<typeof t>[0]) : null;
    return {
      message: known(`${problem.code}.message`) ?? problem.message,
      hint: known(`${problem.code}.hint`) ?? problem.hint,
    };
  };
}
