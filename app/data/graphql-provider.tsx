'use client';

import { useRouter } from 'next/navigation';
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useTransition,
} from 'react';
import { type Client, Provider } from 'urql';
import { MeDocument } from '#generated/graphql/client/graphql.ts';
import { createClient, type Follow, type PlantEpoch } from './client.ts';
import type { Problem } from './problem.ts';

interface Page {
  readonly epoch: PlantEpoch;
  /** Rises when the person's own restore replaced the plant; everything below remounts. */
  readonly generation: number;
  /** Whether somebody else has replaced the plant since the page loaded. */
  readonly restoredMeanwhile: boolean;
  noteSwap(): void;
  /** Runs the person's own swap; if it returns true, the page reads the new plant. */
  swap(work: () => Promise<boolean>): Promise<boolean>;
  /** True until the page has read the new plant; an address set meanwhile would be lost. */
  readonly swapping: boolean;
  readonly follow: Follow;
  /** The server has not answered for a while; the page tries again by itself. */
  readonly away: boolean;
}

const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (!page) throw new Error('usePage stands outside of GraphqlProvider');
  return page;
}

interface Props {
  plantEpoch: string;
  children: ReactNode;
}

/** Provides the GraphQL client, and what pages share about the plant that they have read. */
export function GraphqlProvider({ plantEpoch, children }: Props) {
  const [epoch] = useState<PlantEpoch>(() => ({ current: plantEpoch }));
  const { away, noteReach } = useAway();
  const { noteSwap, ...swaps } = useSwaps(epoch);
  const noted = useRef(noteSwap);
  noted.current = noteSwap;
  const { client, follow } = useMemo(
    () =>
      createClient({
        epoch,
        onProblem: (problem) => react(problem, () => noted.current()),
        onReach: noteReach,
      }),
    [epoch, noteReach],
  );
  const page: Page = {
    epoch,
    follow,
    generation: swaps.generation,
    restoredMeanwhile: swaps.restoredMeanwhile,
    noteSwap,
    swap: (work) => swaps.swap(client, work),
    swapping: swaps.swapping,
    away,
  };
  return (
    <Provider value={client}>
      <PageContext value={page}>{children}</PageContext>
    </Provider>
  );
}

/** A server that restarts is back sooner. */
const AWAY_MS = 1_500;

/** Whether the server is away, while which nothing on the page moves as if work went on. */
function useAway() {
  const [away, setAway] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const noteReach = useCallback((reached: boolean) => {
    if (!reached) {
      timer.current ??= setTimeout(() => setAway(true), AWAY_MS);
      return;
    }
    clearTimeout(timer.current);
    timer.current = undefined;
    setAway(false);
  }, []);
  useEffect(() => {
    document.documentElement.toggleAttribute('data-away', away);
  }, [away]);
  return { away, noteReach };
}

function useSwaps(epoch: PlantEpoch) {
  const router = useRouter();
  const [restoredMeanwhile, setRestoredMeanwhile] = useState(false);
  const [generation, setGeneration] = useState(0);
  const [working, setWorking] = useState(false);
  const [refreshing, startRefresh] = useTransition();
  const own = useRef(false);
  const noteSwap = () => {
    if (!own.current) setRestoredMeanwhile(true);
  };
  const swap = async (client: Client, work: () => Promise<boolean>) => {
    own.current = true;
    setWorking(true);
    try {
      if (!(await work())) return false;
      const options = { requestPolicy: 'network-only' } as const;
      const answer = await client.query(MeDocument, {}, options).toPromise();
      epoch.current = answer.data?.me?.plantEpoch ?? epoch.current;
      setRestoredMeanwhile(false);
      setGeneration((now) => now + 1);
      startRefresh(() => router.refresh());
      return true;
    } finally {
      setWorking(false);
      setTimeout(() => {
        own.current = false;
      }, OWN_EVENT_MS);
    }
  };
  return { restoredMeanwhile, generation, noteSwap, swap, swapping: working || refreshing };
}

/** The event of the person's own swap may arrive shortly after its answer. */
const OWN_EVENT_MS = 2000;

/** Marks the page as outdated after a restore; leads to the sign-in page when the session ends. */
function react(problem: Problem, onRestored: () => void): void {
  if (problem.code === 'PLANT_RESTORED_MEANWHILE') onRestored();
  if (problem.code === 'UNAUTHENTICATED') goToSignIn();
}

let signingOut = false;

/** Runs the person's own sign-out; if it returns true, leaves for the sign-in page. */
export async function signOutWith(work: () => Promise<boolean>): Promise<void> {
  // The event of the session's end may arrive before the answer.
  signingOut = true;
  if (await work()) window.location.assign('/sign-in');
  else signingOut = false;
}

/** Leaves for the sign-in page, which returns here. */
export function goToSignIn(): void {
  if (signingOut || window.location.pathname === '/sign-in') return;
  const here = window.location.pathname + window.location.search;
  window.location.assign(`/sign-in?next=${encodeURIComponent(here)}`);
}
