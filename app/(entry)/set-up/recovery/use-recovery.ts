'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';
import { type Problem, problemOf } from '#app/data/problem.ts';
import { RecoveryDocument, type RecoveryPartsFragment } from '#generated/graphql/client/graphql.ts';

const ASK_EVERY_MS = 1000;
/** A server that starts again with another key is away this long at most. */
const INSTALLING_MS = 90_000;

export interface RecoveryState {
  readonly recovery: RecoveryPartsFragment | null;
  /** Why the server did not answer last; null where it did. */
  readonly problem: Problem | null;
  /** Whether this page has seen to it that the kit's key is installed, just now. */
  readonly installing: boolean;
  /** The page has begun a recovery, or another attempt; null: the server did not say so, and may have. */
  noteBegun(recovery: RecoveryPartsFragment | null): void;
}

/** How the recovery of this server stands, asked for again and again while it goes on. */
export function useRecovery(token: string, begun: RecoveryPartsFragment | null): RecoveryState {
  const client = useClient();
  const [recovery, setRecovery] = useState(begun);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [begunAt, setBegunAt] = useState(0);
  const installing = Date.now() - begunAt < INSTALLING_MS;
  const asking = recovery ? recovery.step !== 'DONE' : installing;
  const ask = useCallback(async () => {
    const options = { requestPolicy: 'network-only' } as const;
    const { data, error } = await client.query(RecoveryDocument, { token }, options).toPromise();
    setProblem(error ? problemOf(error) : null);
    if (data?.recovery) setRecovery(data.recovery);
  }, [client, token]);
  useRepeat(ask, asking);
  const noteBegun = useCallback((now: RecoveryPartsFragment | null) => {
    setBegunAt(Date.now());
    if (now) setRecovery(now);
  }, []);
  return { recovery, problem, installing, noteBegun };
}

/** Runs `work` again a second after it ended, while `on`. */
function useRepeat(work: () => Promise<void>, on: boolean): void {
  const newest = useRef(work);
  newest.current = work;
  useEffect(() => {
    if (!on) return;
    let timer: ReturnType<typeof setTimeout>;
    let stopped = false;
    const round = async () => {
      await newest.current();
      if (!stopped) timer = setTimeout(round, ASK_EVERY_MS);
    };
    timer = setTimeout(round, ASK_EVERY_MS);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [on]);
}
