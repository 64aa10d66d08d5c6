'use client';

import { useEffect } from 'react';
import type { AnyVariables, DocumentInput } from 'urql';
import { useProblemText } from '#app/data/use-problem-text.ts';
import { useSend } from '#app/data/use-send.ts';
import { useToast } from './toast.tsx';

/** A mutation without a dialog; a toast shows a failure. */
export function useSendOrToast<Data, Variables extends AnyVariables>(
  document: DocumentInput<Data, Variables>,
) {
  const { send, sending, problem, clearProblem } = useSend(document);
  const toast = useToast();
  const textOf = useProblemText();
  useEffect(() => {
    if (!problem) return;
    const { message, hint } = textOf(problem);
    toast({ tone: 'danger', title: message, detail: hint });
    clearProblem();
  }, [problem, toast, textOf, clearProblem]);
  return { send, sending };
}
