'use client';

import { useSearchParams } from 'next/navigation';
import { useCallback, useEffect, useRef } from 'react';
import { useQuery } from 'urql';
import { type Job, useJobEnd, useJobs, useMissedEnd, useWatchedJob } from '#app/data/jobs.tsx';
import { type Problem, problemOf, problemOfFailure } from '#app/data/problem.ts';
import { useMay } from '#app/session/me-context.tsx';
import {
  type ComparePartsFragment,
  CompareSummaryDocument,
  type RestorePreviewPartsFragment,
} from '#generated/graphql/client/graphql.ts';
import { useStartCompare } from '../compare/use-start-compare.ts';
import { setCompared } from './restore-address.ts';

/** The backup compared with the network of now, as a person sees it before they restore. */
export interface SeenCompare {
  /** Null until it is there. */
  readonly ready: ComparePartsFragment | null;
  readonly job: Job | null;
  readonly problem: Problem | null;
  /** Compares with the network as it is by now. */
  again(): void;
}

/** Compares the backup of a restore that waits for a decision. Null for who may not compare. */
export function useCompareWithNow({
  backupId,
  status,
}: Pick<RestorePreviewPartsFragment, 'backupId' | 'status'>): SeenCompare | null {
  const may = useMay();
  const undecided = status === 'STAGING' || status === 'STAGED';
  const wanted = undecided && may('backup.compare') && may('network.view');
  const id = useSearchParams().get('compared');
  const { again, problem } = useMakeCompare(backupId, wanted && id === null);
  const [{ data, error }, read] = useQuery({
    query: CompareSummaryDocument,
    variables: { id: id ?? '' },
    pause: !wanted || id === null,
    requestPolicy: 'network-only',
  });
  const compare = id !== null && data?.compare?.id === id ? data.compare : null;
  const isDropped = id !== null && data?.compare === null;
  useEffect(() => {
    if (isDropped) setCompared(null);
  }, [isDropped]);
  const { active } = useJobs();
  const jobId = compare?.job?.id ?? null;
  const reread = () => read({ requestPolicy: 'network-only' });
  useWatchedJob(jobId);
  useJobEnd((job) => {
    if (job.id === jobId) reread();
  });
  useMissedEnd(compare?.status === 'PREPARING' ? jobId : null, reread);
  if (!wanted) return null;
  const failure = compare?.status === 'FAILED' ? compare.job?.error : null;
  return {
    ready: compare?.status === 'READY' ? compare : null,
    job: active.find((job) => job.id === jobId) ?? null,
    problem: problem ?? (error ? problemOf(error) : failure ? problemOfFailure(failure) : null),
    again,
  };
}

/** Makes a compare where one is missing, once, and whenever it is asked to. */
function useMakeCompare(backupId: string, missing: boolean) {
  const { make, problem } = useStartCompare();
  const making = useRef(false);
  const again = useCallback(async () => {
    if (making.current) return;
    making.current = true;
    const made = await make({ from: backupId, to: null });
    making.current = false;
    if (made !== null) setCompared(made);
  }, [make, backupId]);
  const refused = problem !== null;
  useEffect(() => {
    if (missing && !refused) void again();
  }, [missing, refused, again]);
  return { again: () => void again(), problem };
}
