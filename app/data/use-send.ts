'use client';

import { useCallback, useState } from 'react';
import { type AnyVariables, type DocumentInput, useClient } from 'urql';
import { usePasswordAgain } from './password-again.ts';
import { type Problem, problemOf } from './problem.ts';

/**
 * A mutation: `send` returns its data, or null if it failed (`problem` then says why). Where the server wants a
 * password first, it asks for one and sends again.
 */
export function useSend<Data, Variables extends AnyVariables>(
  document: DocumentInput<Data, Variables>,
) {
  const client = useClient();
  const askPassword = usePasswordAgain();
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = useCallback(
    async (variables: Variables): Promise<Data | null> => {
      setSending(true);
      setProblem(null);
      const once = () => client.mutation(document, variables).toPromise();
      let result = await once();
      const wanted = result.error && problemOf(result.error).reason === 'passwordNeeded';
      if (wanted && (await askPassword())) result = await once();
      setSending(false);
      if (result.error) {
        setProblem(problemOf(result.error));
        return null;
      }
      return result.data ?? null;
    },
    [client, document, askPassword],
  );
  const clearProblem = useCallback(() => setProblem(null), []);
  return { send, sending, problem, clearProblem };
}
