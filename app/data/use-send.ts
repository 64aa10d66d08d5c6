'use client';

import { useCallback, useState } from 'react';
import { type AnyVariables, type TypedDocumentNode, useClient } from 'urql';
import { type Problem, problemOf } from './problem.ts';

/** A mutation: `send` returns its data, or null if it failed (`problem` then says why). */
export function useSend<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
) {
  const client = useClient();
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = useCallback(
    async (variables: Variables): Promise<Data | null> => {
      setSending(true);
      setProblem(null);
      const result = await client.mutation(document, variables).toPromise();
      setSending(false);
      if (result.error) {
        setProblem(problemOf(result.error));
        return null;
      }
      return result.data ?? null;
    },
    [client, document],
  );
  const clearProblem = useCallback(() => setProblem(null), []);
  return { send, sending, problem, clearProblem };
}
