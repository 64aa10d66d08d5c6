'use client';

import { useMessages, useTranslations } from 'next-intl';
import { type ErrorText, errorTextIn, hasErrorText } from '#errors/text-in.ts';
import { useWriting } from '../i18n/use-writing.ts';
import type { Problem } from './problem.ts';

/**
 * Puts a Problem into the person's language. Falls back to the server's text, in the same language,
 * if only a newer server knows it.
 */
export function useProblemText(): (problem: Problem) => ErrorText {
  const network = useTranslations('problems.NETWORK');
  const { errors } = useMessages();
  const writing = useWriting();
  return (problem) => {
    if (problem.code === 'NETWORK') return { message: network('message'), hint: network('hint') };
    const { message, hint } = errorTextIn(errors, { ...problem, hint: null }, writing);
    const known = problem.message === '' || hasErrorText(errors, problem);
    // Only the server knows the hint of this case.
    return { message: known ? message : problem.message, hint: problem.hint || hint };
  };
}
