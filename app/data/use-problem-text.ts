'use client';

import { useTranslations } from 'next-intl';
import type { Problem } from './problem.ts';
import { namesIn, sentenceKey } from './server-sentence.ts';

export interface ProblemText {
  readonly message: string;
  readonly hint: string;
  /** The server's own sentence, in English, where `message` is that of the code and may tell less: which part it is of. */
  readonly said: string | null;
}

/** No sentence of the server's: the browser's, or one that the person could not do anything with. */
const saysNothing: readonly string[] = ['NETWORK', 'CANCELLED'];
/** Codes whose translation names all that the server's own words name. */
const translatedWhole: readonly string[] = ['ALREADY_HERE', 'MADE_BY_OTHER_SERVER'];

/**
 * A Problem in the person's language: by its sentences where the catalogue knows them, else by its code, else as
 * the server worded it.
 */
export function useProblemText(): (problem: Problem) => ProblemText {
  const byCode = useTranslations('problems');
  const bySentence = useTranslations('sentences');
  const wholeOf = (sentence: string) => {
    const whole = sentenceKey(sentence) as Parameters<typeof bySentence>[0];
    return whole && bySentence.has(whole) ? whole : null;
  };
  const worded = (sentence: string, key: string) => {
    const names = { ...namesIn(sentence) };
    const whole = wholeOf(sentence);
    const code = key as Parameters<typeof byCode>[0];
    if (whole) return bySentence(whole, names as Parameters<typeof bySentence>[1]);
    return byCode.has(code) ? byCode(code, names as Parameters<typeof byCode>[1]) : sentence;
  };
  return ({ code, message, hint }) => {
    const text = worded(message, `${code}.message`);
    const saidAll = wholeOf(message) || [...saysNothing, ...translatedWhole].includes(code);
    return {
      message: text,
      hint: worded(hint, `${code}.hint`),
      said: saidAll || text === message ? null : message,
    };
  };
}
