'use client';

import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useClient } from 'urql';
import {
  ActiveJobsDocument,
  JobDocument,
  type JobPartsFragment,
  JobProgressDocument,
} from '#generated/graphql/client/graphql.ts';
import { useSystemEvent } from './system-events.tsx';
import { useStream } from './use-stream.ts';

export type Job = JobPartsFragment;

interface Jobs {
  /** Queued and running jobs, with their latest progress. */
  readonly active: readonly Job[];
  /**
   * Adds a job that a mutation has just started, before the server's event arrives. Returns the ended job where
   * the event of its end came before the mutation's answer; otherwise null.
   */
  add(job: Job): Job | null;
  /** Calls the listener with each active job that ends; returns a function to stop. */
  onEnd(listener: (job: Job) => void): () => void;
  /** Notes that something on the page shows how the job ends; returns a function to stop. */
  watch(id: string): () => void;
  isWatched(id: string): boolean;
}

/**
 * Each stream takes one of the six connections that a browser allows. Other jobs are reread on
 * events.
 */
const MOST_FOLLOWED = 2;

const JobsContext = createContext<Jobs | null>(null);

/** Jobs that the server runs for itself: people are told only of failures. */
const housekeeping: readonly Job['kind'][] = [
  'CHECK_RESTORE',
  'COUNT_CHANGES',
  'SWEEP',
  'SCRUB',
  'RETENTION',
  'DIGEST_ARCHIVE',
  'TEND_DESTINATION',
];

export function isHousekeeping(job: Job): boolean {
  return housekeeping.includes(job.kind);
}

export function isActive(job: Job): boolean {
  return job.status === 'QUEUED' || job.status === 'RUNNING';
}

/** Provides the active jobs: read when the page opens, then followed by subscription. */
export function JobsProvider({ children }: { children: ReactNode }) {
  const { jobs, update, add, read, listeners } = useJobReads();
  useEffect(() => void read(), [read]);
  const active = useMemo(
    () => [...jobs.values()].sort((a, b) => a.createdAt.localeCompare(b.createdAt)),
    [jobs],
  );
  const followed = active.slice(0, MOST_FOLLOWED);
  useSystemEvent((event) => {
    const follows = followed.some((job) => job.id === event.id);
    if (event.kind === 'JOBS_CHANGED' && !follows) void read();
  });

  const watched = useRef(new Set<string>());
  const value = useMemo<Jobs>(
    () => ({
      active,
      watch(id) {
        watched.current.add(id);
        return () => {
          watched.current.delete(id);
        };
      },
      isWatched: (id) => watched.current.has(id),
      add,
      onEnd(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    }),
    [active, add, listeners],
  );
  return (
    <JobsContext value={value}>
      {followed.map((job) => (
        <Follow key={job.id} id={job.id} onChange={update} onLost={read} />
      ))}
      {children}
    </JobsContext>
  );
}

/** The jobs by id, how to update one or read all, and who listens to their ends. */
function useJobReads() {
  const client = useClient();
  const [jobs, setJobs] = useState<ReadonlyMap<string, Job>>(new Map());
  const known = useRef(jobs);
  known.current = jobs;
  const ended = useRef(new Map<string, Job>());
  const listeners = useRef(new Set<(job: Job) => void>());

  const update = useCallback((job: Job) => {
    // The mutation's answer may arrive after the event of the job's end: it ends only once.
    if (ended.current.has(job.id)) return;
    if (isActive(job)) setJobs((all) => new Map(all).set(job.id, job));
    else if (known.current.has(job.id)) {
      ended.current.set(job.id, job);
      const next = new Map(known.current);
      next.delete(job.id);
      known.current = next;
      setJobs(next);
      for (const listener of listeners.current) listener(job);
    }
  }, []);

  const readNow = useCallback(async () => {
    const options = { requestPolicy: 'network-only' } as const;
    const answer = await client.query(ActiveJobsDocument, {}, options).toPromise();
    const nodes = answer.data?.jobs.nodes ?? [];
    for (const job of nodes) update(job);
    const gone = [...known.current.keys()].filter((id) => !nodes.some((job) => job.id === id));
    for (const id of gone) {
      const ended = await client.query(JobDocument, { id }, options).toPromise();
      if (ended.data?.job) update(ended.data.job);
    }
  }, [client, update]);
  const add = useCallback(
    (job: Job) => {
      update(job);
      return ended.current.get(job.id) ?? null;
    },
    [update],
  );
  return { jobs, update, add, read: useCoalesced(readNow), listeners: listeners.current };
}

interface FollowProps {
  id: string;
  onChange: (job: Job) => void;
  onLost: () => void;
}

/**
 * Follows one job by subscription while the page is visible. If the stream ends before the job, it
 * is queried.
 */
function Follow({ id, onChange, onLost }: FollowProps) {
  useStream(
    JobProgressDocument,
    { id },
    { onData: ({ jobProgress }) => onChange(jobProgress), onEnd: onLost },
  );
  return null;
}

export function useJobs(): Jobs {
  const jobs = useContext(JobsContext);
  if (!jobs) throw new Error('useJobs stands outside of JobsProvider');
  return jobs;
}

/** Calls `listener` with each job that ends while the component lives. */
export function useJobEnd(listener: (job: Job) => void): void {
  const { onEnd } = useJobs();
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => onEnd((job) => latest.current(job)), [onEnd]);
}

/** An answer may arrive after its job has ended, and still say otherwise. It is then read again this often. */
const REREAD_MS = 1_000;

/**
 * Calls `reread` every second while `id` names a job that the page does not know as active. `id`: of a job that, by
 * the last answer, has not ended; null: none.
 */
export function useMissedEnd(id: string | null, reread: () => void): void {
  const { active } = useJobs();
  const latest = useRef(reread);
  latest.current = reread;
  const isMissed = id !== null && !active.some((job) => job.id === id);
  useEffect(() => {
    if (!isMissed) return;
    const timer = setInterval(() => latest.current(), REREAD_MS);
    return () => clearInterval(timer);
  }, [isMissed]);
}

/**
 * Follows the job that this component started last. `onEnd` is called once, also where the job ended before the
 * mutation's answer came.
 */
export function useStartedJob() {
  const { add, active } = useJobs();
  const following = useRef<{ id: string; onEnd: (job: Job) => void } | null>(null);
  const [started, setStarted] = useState<Job | null>(null);
  const end = (job: Job) => {
    if (following.current?.id !== job.id) return;
    const { onEnd } = following.current;
    following.current = null;
    setStarted(null);
    onEnd(job);
  };
  useWatchedJob(started?.id ?? null);
  useJobEnd(end);
  const follow = (job: Job, onEnd: (job: Job) => void) => {
    following.current = { id: job.id, onEnd };
    setStarted(job);
    const ended = add(job);
    if (ended) end(ended);
  };
  return { follow, job: started && (active.find(({ id }) => id === started.id) ?? started) };
}

/** While the component lives, it shows how this job ends, so that no toast does. */
export function useWatchedJob(id: string | null): void {
  const { watch } = useJobs();
  useEffect(() => (id === null ? undefined : watch(id)), [watch, id]);
}

/**
 * Runs `work` one run at a time. Calls during a run cause one more run, which sees what caused the
 * last call.
 */
function useCoalesced(work: () => Promise<void>): () => void {
  const running = useRef(false);
  const again = useRef(false);
  return useCallback(async () => {
    again.current = true;
    if (running.current) return;
    running.current = true;
    try {
      while (again.current) {
        again.current = false;
        await work();
      }
    } finally {
      running.current = false;
    }
  }, [work]);
}
