'use client';

import { useCallback, useEffect, useReducer, useRef } from 'react';
import { type DocumentInput, useClient } from 'urql';
import { keptRows } from './kept-list.ts';
import { type Problem, problemOf } from './problem.ts';

export interface Connection<Node> {
  readonly nodes: readonly Node[];
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor?: string | null };
}

interface PageVariables {
  first: number;
  after?: string | null;
}

interface State<Node> {
  readonly nodes: readonly Node[];
  readonly totalCount: number;
  readonly endCursor: string | null;
  readonly hasMore: boolean;
  readonly phase: 'loading' | 'loading-more' | 'ready';
  readonly problem: Problem | null;
}

type Step<Node> =
  | { kind: 'load' }
  | { kind: 'load-more' }
  | { kind: 'page'; page: Connection<Node>; append: boolean }
  | { kind: 'problem'; problem: Problem };

const PAGE_SIZE = 50;
/** The server's bound for the objects of an answer allows no more of backups with their copies and changes. */
const LARGEST_PAGE = 100;

const empty = {
  nodes: [],
  totalCount: 0,
  endCursor: null,
  hasMore: false,
  phase: 'loading',
  problem: null,
} as const;

function reduce<Node>(state: State<Node>, step: Step<Node>): State<Node> {
  switch (step.kind) {
    case 'load':
      return { ...state, phase: 'loading', problem: null };
    case 'load-more':
      return { ...state, phase: 'loading-more', problem: null };
    case 'problem':
      return { ...state, phase: 'ready', problem: step.problem };
    case 'page':
      return {
        nodes: step.append ? [...state.nodes, ...step.page.nodes] : step.page.nodes,
        totalCount: step.page.totalCount,
        endCursor: step.page.pageInfo.endCursor ?? null,
        hasMore: step.page.pageInfo.hasNextPage,
        phase: 'ready',
        problem: null,
      };
  }
}

/** The rows that somebody comes back to. What was still on its way when they left is not waited for. */
function restored<Node>(fresh: State<Node>): State<Node> {
  const kept = keptRows<State<Node>>();
  return kept ? { ...kept, phase: 'ready' } : fresh;
}

export interface ConnectionOptions {
  readonly pageSize?: number;
  /** Shows the rows of before to who comes Back; the page calls `useKeptList`. */
  readonly keeps?: boolean;
  /** Where it asks, if not as other queries do. */
  readonly context?: { readonly url: string };
}

/**
 * Appends the pages of a Relay connection. `refetch` rereads as many rows as are shown (up to 100).
 * Answers to outdated searches are dropped.
 */
export function useConnection<Data, Variables extends PageVariables, Node>(
  document: DocumentInput<Data, Variables>,
  filter: Omit<Variables, keyof PageVariables>,
  pick: (data: Data) => Connection<Node>,
  { pageSize = PAGE_SIZE, keeps = false, context }: ConnectionOptions = {},
) {
  const client = useClient();
  const [state, dispatch] = useReducer(reduce<Node>, empty as State<Node>, (fresh) =>
    keeps ? restored(fresh) : fresh,
  );
  const keptCount = useRef(state.nodes.length);
  const latest = useRef(0);
  const running = useRef(0);
  const stale = useRef(false);
  const shown = useRef(0);
  shown.current = state.nodes.length;
  const pickRef = useRef(pick);
  pickRef.current = pick;
  const contextRef = useRef(context);
  const filterKey = JSON.stringify(filter);

  const read = useCallback(
    async (first: number, after: string | null) => {
      latest.current += 1;
      const turn = latest.current;
      const variables = { ...JSON.parse(filterKey), first, after } as Variables;
      running.current += 1;
      const result = await client
        .query(document, variables, { ...contextRef.current, requestPolicy: 'network-only' })
        .toPromise();
      running.current -= 1;
      if (turn !== latest.current) return;
      if (result.data && !result.error)
        dispatch({ kind: 'page', page: pickRef.current(result.data), append: after !== null });
      else if (result.error) dispatch({ kind: 'problem', problem: problemOf(result.error) });
    },
    [client, document, filterKey],
  );

  useEffect(() => {
    const count = keptCount.current;
    keptCount.current = 0;
    // Rereading fewer rows than are kept would make the list jump.
    if (count > LARGEST_PAGE) return;
    dispatch({ kind: 'load' });
    void read(Math.max(pageSize, count), null);
  }, [read, pageSize]);

  // A running read may predate the change, and urql would share its answer with a second read.
  const refetch = useCallback(async () => {
    stale.current = true;
    if (running.current > 0) return;
    stale.current = false;
    await read(Math.min(LARGEST_PAGE, Math.max(pageSize, shown.current)), null);
  }, [read, pageSize]);

  useEffect(() => {
    if (stale.current && state.phase === 'ready' && running.current === 0) void refetch();
  }, [state, refetch]);

  const loadMore = useCallback(() => {
    dispatch({ kind: 'load-more' });
    void read(pageSize, state.endCursor);
  }, [read, pageSize, state.endCursor]);

  return { ...state, refetch: () => void refetch(), loadMore };
}

export type ConnectionState<Node> = State<Node> & { refetch(): void; loadMore(): void };
