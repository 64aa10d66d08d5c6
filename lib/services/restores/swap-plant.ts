import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientBase, escapeIdentifier } from 'pg';
import { type AccountChanges, settleAccounts } from '#engine/restore/accounts.ts';
import { swapPlant } from '#engine/restore/swap.ts';
import { FiberkeepError } from '#errors';
import { publish } from '#events/channel.ts';
import { requestJobCancel } from '#jobs/queue.ts';
import { recordAudit, restoreTarget } from '#vault/audit.ts';
import { sqlRunnerOn } from '#vault/client.ts';
import { isDatabaseLost } from '#vault/database-lost.ts';
import { lockPlantState, type PlantHolder, raiseEpoch } from '#vault/plant-state.ts';
import type { RestoredBackup } from '../backups/given-name.ts';
import { enqueueSafetyBackup } from '../backups/safety-backup.ts';
import type { Caller } from '../permit.ts';
import type { Server } from '../server.ts';
import { insertKeptPlantSql, UNDO_WINDOW_MS } from './kept-plant-rows.ts';

export const PLANT = 'plant';
/** The accounts with this may open all others: someone must be left who has it. */
const LAST_ACTION = 'users.manage';
const NAMED_IN_AUDIT = 50;
const BACK_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 100;

export interface PlantSwap {
  readonly actor: Caller;
  readonly restore: RestoredBackup & { readonly id: string };
  readonly replacedBy: 'APPLY' | 'UNDO';
  /** The plant that the person decided on; another one by now calls the swap off. */
  readonly epoch: bigint;
  /**
   * First in the transaction, with the plant's row locked: checks that the swap may be, marks what it does
   * in the vault, and answers the schema that comes in.
   */
  begin(client: ClientBase, keepUntil: Date): Promise<string>;
}

/**
 * Swaps a schema in for the plant, with everything that belongs to it in the one transaction: accounts,
 * sessions, the epoch, the kept plant and its SAFETY backup, the audit. Throws BACKUP_RUNNING, PLANT_BUSY,
 * CONFLICT where the plant was swapped since `epoch`, and what `begin` throws; nothing has changed then.
 */
export async function swapInPlant(server: Server, swap: PlantSwap): Promise<void> {
  const outgoing = `plant_prev_${randomBytes(8).toString('hex')}`;
  const client = await server.connect();
  client.on('error', () => {}); // a lost connection fails the statement at hand
  try {
    await swapPlant({
      client,
      plant: PLANT,
      outgoing,
      claim: () => claim(client, swap, outgoing),
      settle: (_, incoming) => settle(client, swap, incoming),
    });
  } catch (cause) {
    // A connection lost in the commit tells nothing: the row does.
    if (cause instanceof FiberkeepError || !(await isKept(server, outgoing))) throw cause;
  } finally {
    await client.end();
  }
}

/** Everything that needs no look at the plant's rows is done before its writers are held off. */
async function claim(client: ClientBase, swap: PlantSwap, outgoing: string): Promise<string> {
  const { epoch, holder } = await lockPlantState(client);
  if (epoch !== swap.epoch) throw swappedMeanwhile();
  if (holder) throw heldBy(holder);
  const keepUntil = new Date(Date.now() + UNDO_WINDOW_MS);
  const incoming = await swap.begin(client, keepUntil);
  const db = sqlRunnerOn(client);
  const safetyJobId = await enqueueSafetyBackup(db, swap, outgoing);
  const { id: restoreId } = swap.restore;
  const { replacedBy } = swap;
  await insertKeptPlantSql(client, {
    schema: outgoing,
    restoreId,
    replacedBy,
    keepUntil,
    safetyJobId,
  });
  await raiseEpoch(client);
  await publish(db, { kind: 'PLANT_SWAPPED', id: restoreId });
  await publish(db, { kind: 'RESTORES_CHANGED', id: restoreId });
  return incoming;
}

async function settle(client: ClientBase, swap: PlantSwap, incoming: string): Promise<void> {
  const changes = await settleAccounts(client, {
    outgoing: PLANT,
    incoming,
    keep: swap.actor.id,
    lastAction: LAST_ACTION,
  });
  await endSessions(client, incoming);
  await recordAudit(sqlRunnerOn(client), {
    actor: swap.actor,
    action: swap.replacedBy === 'APPLY' ? 'backup.apply' : 'backup.undo',
    target: restoreTarget(swap.restore),
    outcome: 'DONE',
    detail: { accounts: shortened(changes) },
  });
}

/** Whoever cannot sign in to the plant that comes in does not stay signed in. */
async function endSessions(client: ClientBase, incoming: string): Promise<void> {
  await client.query(
    `UPDATE vault.session s SET revoked_at = clock_timestamp()
      WHERE s.revoked_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM ${escapeIdentifier(incoming)}.user_account u WHERE u.id = s.user_id AND NOT u.disabled)`,
  );
}

/** As many names as a person reads, and how many there are. */
function shortened(changes: AccountChanges): Record<string, { count: number; first: string[] }> {
  const names = (list: AccountChanges[keyof AccountChanges]) =>
    list.map((one) => (typeof one === 'string' ? one : one.email));
  return Object.fromEntries(
    Object.entries(changes)
      .filter(([, list]) => list.length > 0)
      .map(([what, list]) => [
        what,
        { count: list.length, first: names(list).slice(0, NAMED_IN_AUDIT) },
      ]),
  );
}

async function isKept(server: Server, schema: string): Promise<boolean> {
  return whenBack(
    async () => (await server.vault.keptPlant.findUnique({ where: { schema } })) !== null,
  );
}

/** Reads what only the database knows after a swap, and waits for it where it went away meanwhile. */
export async function whenBack<T>(read: () => Promise<T>): Promise<T> {
  for (const giveUpAt = performance.now() + BACK_WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
    try {
      return await read();
    } catch (cause) {
      if (!isDatabaseLost(cause)) throw cause;
      if (performance.now() > giveUpAt) throw nobodyKnows(cause);
    }
  }
}

function nobodyKnows(cause: unknown): FiberkeepError {
  return new FiberkeepError('DATABASE_LOST', { reason: 'lostDuringSwap', cause });
}

function heldBy(holder: PlantHolder): FiberkeepError {
  return new FiberkeepError(holder.kind === 'CREATE_BACKUP' ? 'BACKUP_RUNNING' : 'PLANT_BUSY');
}

function swappedMeanwhile(): FiberkeepError {
  return new FiberkeepError('CONFLICT', { reason: 'restoredMeanwhile' });
}

/** Asks the backup that holds the plant to end. It lets go within seconds; `swapInPlant` then finds it free. */
export async function cancelRunningBackup(server: Server, actor: Caller): Promise<void> {
  const state = await server.vault.plantState.findUniqueOrThrow({ where: { id: 1 } });
  const jobId = state.holderJobId;
  if (!jobId) return;
  await server.vault.$transaction(async (tx) => {
    const job = await tx.job.findFirst({
      where: { id: jobId, kind: 'CREATE_BACKUP', status: 'RUNNING' },
    });
    if (!job || !(await requestJobCancel(tx, jobId))) return;
    await recordAudit(tx, {
      actor,
      action: 'backup.create.cancel',
      target: { kind: 'job', id: jobId, name: '' },
      outcome: 'DONE',
    });
  });
  await jobEnded(server, jobId);
}

const ENDING_MS = 15_000;

/** Until the job does not run any more, or its lease is over, or for 15 s. */
export async function jobEnded(server: Server, jobId: string): Promise<void> {
  const giveUpAt = performance.now() + ENDING_MS;
  while (performance.now() < giveUpAt) {
    const running = await server.vault.job.count({
      where: { id: jobId, status: 'RUNNING', leaseUntil: { gt: new Date() } },
    });
    if (running === 0) return;
    await sleep(LOOK_EVERY_MS);
  }
}
