import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientBase, escapeIdentifier } from 'pg';
import { FiberkeepError } from '#errors';
import { lockSchema } from '../postgres/lock.ts';

/** While the swap waits for a lock, writers queue behind it, so it gives up soon and tries again. */
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
  /** Called first in the transaction, before any table is locked; returns the incoming schema. */
  claim(client: ClientBase): Promise<string>;
  /** The name under which the plant is kept. */
  readonly outgoing: string;
  /** Called with all tables of the plant locked, before the renaming; its writes commit with the swap. */
  settle(client: ClientBase, incoming: string): Promise<T>;
  readonly lockTimeoutMs?: number;
  readonly budgetMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Puts another schema in the plant's place by renaming both schemas in one transaction, with writers of the
 * plant held off: each has committed into the plant that is kept, or waits milliseconds and writes the new
 * one. Readers go on. Returns what `settle` returned. Throws PLANT_BUSY when the locks were not free within
 * the budget, and what `claim` and `settle` throw; nothing has changed then. If the connection is lost
 * during the commit, the outcome is unknown and the caller must look.
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
