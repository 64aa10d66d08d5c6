import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { type AccountChanges, settleAccounts } from '#engine/restore/accounts.ts';
import { swapPlant } from '#engine/restore/swap.ts';
import { FiberkeepError } from '#errors';
import { publish } from '#events/channel.ts';
import { looksSame } from '#text/looks-same.ts';
import { recordAudit, restoreTarget } from '#vault/audit.ts';
import { type SqlRunner, sqlRunnerOn } from '#vault/client.ts';
import { isDatabaseLost } from '#vault/database-lost.ts';
import { lockPlantState, type PlantHolder, raiseEpoch } from '#vault/plant-state.ts';
import { assertHolds } from '../accounts/grants.ts';
import { type Authority, holdAuthority } from '../authority.ts';
import type { RestoredBackup } from '../backups/given-name.ts';
import type { Caller } from '../permit.ts';
import type { Server } from '../server.ts';
import { insertKeptPlantSql, UNDO_WINDOW_MS, wasKept } from './kept-plant-rows.ts';
import { actionsOfSql } from './returning-account-rows.ts';
import { enqueueSafetyBackup } from './safety-backup.ts';

export const PLANT = 'plant';
const NAMED_IN_AUDIT = 50;
const BACK_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 100;

export interface PlantSwap {
  readonly by: Authority;
  readonly restore: RestoredBackup & { readonly id: string };
  readonly replacedBy: 'APPLY' | 'UNDO';
  /** The epoch of the plant that the person decided on. After another swap this one is refused. */
  readonly epoch: bigint;
  /** The outgoing plant is empty: it is dropped, and there is nothing to undo. */
  readonly keepNothing?: boolean;
  /** Accounts that only the incoming plant has, and that shall be enabled. */
  readonly enable?: readonly string[];
  /**
   * Runs first in the transaction, with the plant's row locked. Checks that the swap may happen, marks it in
   * the vault, and answers the schema that comes in.
   */
  begin(client: ClientBase, keepUntil: Date): Promise<string>;
  /** Adds to the transaction what shall follow. `replaced`: the schema of the plant that goes out; `epoch`: the new one. */
  follow?(
    db: SqlRunner,
    after: { readonly replaced: string; readonly epoch: bigint },
  ): Promise<void>;
  /** Runs with writers held off: the last moment to refuse. */
  lastLook?(client: ClientBase): Promise<void>;
}

/**
 * Swaps a schema in for the plant. One transaction holds all of it: accounts, the epoch, the kept
 * plant, its SAFETY backup and the audit. Throws BACKUP_RUNNING, PLANT_BUSY, CONFLICT where the plant was
 * swapped since `epoch`, FORBIDDEN where the caller may not enable an account, and what `begin` and `lastLook` throw.
 * Nothing has changed then.
 */
export async function swapInPlant(server: Server, swap: PlantSwap): Promise<void> {
  const outgoing = `plant_prev_${randomBytes(8).toString('hex')}`;
  const client = await server.connect();
  let caller = swap.by.actor;
  try {
    await swapPlant({
      client,
      plant: PLANT,
      outgoing,
      claim: async () => {
        caller = await holdCaller(client, swap);
        return claim(client, swap, outgoing);
      },
      settle: async (_, incoming) => {
        await swap.lastLook?.(client);
        await settle(client, swap, incoming, caller);
      },
    });
  } catch (cause) {
    // When the connection is lost during the commit, only the row tells whether it happened.
    if (cause instanceof FiberkeepError || !(await isKept(server, outgoing))) throw cause;
  } finally {
    await client.end();
  }
}

/** Who enables an account gives access: that takes `users.manage` too, and a password of the last minutes. */
async function holdCaller(client: ClientBase, { by, enable = [] }: PlantSwap): Promise<Caller> {
  const db = sqlRunnerOn(client);
  if (enable.length === 0) return holdAuthority(db, by);
  await holdAuthority(db, by, { changesAccess: true });
  return holdAuthority(db, { ...by, action: 'users.manage' }, { needsPassword: true });
}

/** Does everything that reads no row of the plant, before writers are held off. */
async function claim(client: ClientBase, swap: PlantSwap, outgoing: string): Promise<string> {
  const { epoch, holder } = await lockPlantState(client);
  if (epoch !== swap.epoch) throw new FiberkeepError('CONFLICT', { reason: 'restoredMeanwhile' });
  if (holder) throw heldBy(holder);
  const { replacedBy, keepNothing = false } = swap;
  const keepUntil = new Date(Date.now() + (keepNothing ? 0 : UNDO_WINDOW_MS));
  const incoming = await swap.begin(client, keepUntil);
  const db = sqlRunnerOn(client);
  const safetyJobId = keepNothing ? null : await enqueueSafetyBackup(db, swap, outgoing);
  const { id: restoreId } = swap.restore;
  await insertKeptPlantSql(client, {
    schema: outgoing,
    restoreId,
    replacedBy: keepNothing ? 'RECOVERY' : replacedBy,
    keepUntil,
    safetyJobId,
  });
  await raiseEpoch(client);
  await swap.follow?.(db, { replaced: outgoing, epoch: epoch + 1n });
  await publish(db, { kind: 'PLANT_SWAPPED', id: restoreId });
  await publish(db, { kind: 'RESTORES_CHANGED', id: restoreId });
  return incoming;
}

async function settle(
  client: ClientBase,
  swap: PlantSwap,
  incoming: string,
  caller: Caller,
): Promise<void> {
  const changes = await settleAccounts(client, {
    outgoing: PLANT,
    incoming,
    enable: swap.enable ?? [],
    looksSame,
  });
  const ids = changes.enabled.map(({ id }) => id);
  const name = changes.enabled.map(({ email }) => email).join(', ');
  assertHolds(caller, await actionsOfSql(client, incoming, ids), { kind: 'user', name });
  await recordAudit(sqlRunnerOn(client), {
    actor: swap.by.actor,
    action: swap.replacedBy === 'APPLY' ? 'backup.apply' : 'backup.undo',
    target: restoreTarget(swap.restore),
    outcome: 'DONE',
    detail: { accounts: shortened(changes) },
  });
}

/** The count of each list and its first names: the audit log holds no more than people read. */
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
  return readAfterSwap(() => wasKept(server.vault, schema));
}

/** Reads the outcome of a swap. Waits for the database where it was lost; throws DATABASE_LOST after 20 s. */
export async function readAfterSwap<T>(read: () => Promise<T>): Promise<T> {
  for (const giveUpAt = performance.now() + BACK_WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
    try {
      return await read();
    } catch (cause) {
      if (!isDatabaseLost(cause)) throw cause;
      if (performance.now() > giveUpAt)
        throw new FiberkeepError('DATABASE_LOST', { reason: 'lostDuringSwap', cause });
    }
  }
}

function heldBy(holder: PlantHolder): FiberkeepError {
  return new FiberkeepError(makesBackup(holder) ? 'BACKUP_RUNNING' : 'PLANT_BUSY');
}

/** As `runningCreate` finds it, so that it can be cancelled. */
function makesBackup({ kind }: PlantHolder): boolean {
  return kind === 'CREATE_BACKUP' || kind === 'COMPARE';
}
