'use client';

import { useTranslations } from 'next-intl';
import type { Problem } from './problem.ts';
import { namesIn, sentenceKey } from './server-sentence.ts';

export interface ProblemText {
  readonly message: string;
  readonly hint: string;
}

/**
 * A Problem in the person's language: by its sentences where the catalogue knows them, else by its code, else as
 * the server worded it.
 */
export function useProblemText(): (problem: Problem) => ProblemText {
  const byCode = useTranslations('problems');
  const bySentence = useTranslations('sentences');
  const worded = (sentence: string, key: string) => {
    const names = { ...namesIn(sentence) };
    const whole = sentenceKey(sentence) as Parameters<typeof bySentence>[0];
    const code = key as Parameters<typeof byCode>[0];
    if (whole && bySentence.has(whole))
      return bySentence(whole, names as Parameters<typeof bySentence>[1]);
    return byCode.has(code) ? byCode(code, names as Parameters<typeof byCode>[1]) : sentence;
  };
  return ({ code, message, hint }) => ({
    message: worded(message, `${code}.message`),
    hint: worded(hint, `${code}.hint`),
  });
}
