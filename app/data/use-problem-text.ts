'use client';

import { useMessages, useTranslations } from 'next-intl';
import { type ErrorText, errorTextIn, hasErrorText } from '#errors/text-in.ts';
import { useWriting } from '../i18n/use-writing.ts';
import type { Problem } from './problem.ts';

/**
 * A Problem in the person's language. One that only a newer server knows is shown as that server says it, which
 * is in the same language.
 */
export function useProblemText(): (problem: Problem) => ErrorText {
  const network = useTranslations('problems.NETWORK');
  const { errors } = useMessages();
  const writing = useWriting();
  return (problem) => {
    if (problem.code === 'NETWORK') return { message: network('message'), hint: network('hint') };
    const { message, hint } = errorTextIn(errors, { ...problem, hint: null }, writing);
    const known = problem.message === '' || hasErrorText(errors, problem);
    // The server alone knows the hint of this one case.
    return { message: known ? message : problem.message, hint: problem.hint || hint };
  };
}
