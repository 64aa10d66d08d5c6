import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientBase, escapeIdentifier } from 'pg';
import { FiberkeepError } from '#errors';
import { lockSchema } from '../postgres/lock.ts';

/** While the swap waits for a lock, writers queue behind it: it gives up soon and comes again. */
const LOCK_TIMEOUT_MS = 30;
const LOCKING_TIMEOUT_MS = 60;
const SETTLE_TIMEOUT_MS = 10_000;
const BUDGET_MS = 20_000;
const PAUSE_MS = { least: 20, most: 120 };
/** lock_not_available, query_canceled (statement_timeout), deadlock_detected. */
const BUSY = new Set(['55P03', '57014', '40P01']);

export interface Swap<T> {
  readonly client: ClientBase;
  /** The live schema. */
  readonly plant: string;
  /** First in the transaction, before any table is locked; answers the schema that comes in. */
  claim(client: ClientBase): Promise<string>;
  /** The name under which the plant is kept. */
  readonly outgoing: string;
  /** With all tables of the plant locked, before the renaming; what it writes commits with the swap. */
  settle(client: ClientBase, incoming: string): Promise<T>;
  readonly lockTimeoutMs?: number;
  readonly budgetMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Puts another schema in the plant's place by renaming both schemas in one transaction, with writers of the
 * plant held off: each has committed into the plant that is kept, or waits milliseconds and writes the new
 * one. Readers are not stopped. Answers what `settle` did. Throws PLANT_BUSY when the locks were not to be
 * had within the budget, and what `claim` and `settle` throw; nothing has changed then. Where the
 * connection is lost while it commits, nobody knows: the caller looks.
 */
export async function swapPlant<T>(swap: Swap<T>): Promise<T> {
  const giveUpAt = performance.now() + (swap.budgetMs ?? BUDGET_MS);
  for (;;) {
    swap.signal?.throwIfAborted();
    try {
      return await attempt(swap);
    } catch (cause) {
      if (!isBusy(cause)) throw cause;
      if (performance.now() > giveUpAt) throw plantBusy(cause);
    }
    const { least, most } = PAUSE_MS;
    await sleep(least + Math.random() * (most - least));
  }
}

async function attempt<T>(swap: Swap<T>): Promise<T> {
  const { client } = swap;
  await client.query('BEGIN');
  try {
    await setTimeouts(client, swap.lockTimeoutMs ?? LOCK_TIMEOUT_MS, LOCKING_TIMEOUT_MS);
    const incoming = await swap.claim(client);
    await lockSchema(client, swap.plant);
    await setTimeouts(client, SETTLE_TIMEOUT_MS, SETTLE_TIMEOUT_MS);
    const settled = await swap.settle(client, incoming);
    await client.query(`${rename(swap.plant, swap.outgoing)}; ${rename(incoming, swap.plant)}`);
    await client.query('COMMIT');
    return settled;
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => {}); // the first failure is the one to report
    throw cause;
  }
}

async function setTimeouts(client: ClientBase, lockMs: number, statementMs: number): Promise<void> {
  await client.query(
    `SET LOCAL lock_timeout = ${Math.ceil(lockMs)}; SET LOCAL statement_timeout = ${Math.ceil(statementMs)}`,
  );
}

function rename(from: string, to: string): string {
  return `ALTER SCHEMA ${escapeIdentifier(from)} RENAME TO ${escapeIdentifier(to)}`;
}

function isBusy(cause: unknown): boolean {
  return BUSY.has(String((cause as { code?: unknown } | null)?.code));
}

function plantBusy(cause: unknown): FiberkeepError {
  return new FiberkeepError('PLANT_BUSY', { reason: 'writtenWithoutPause', cause });
}
