import type { BroughtBack, ItemCount } from '#engine/bring-back/bring-back.ts';
import { type Sql, sqlOn } from '#engine/bring-back/sql.ts';
import { FiberkeepError } from '#errors';
import type { JobRun } from '#jobs/kinds.ts';
import { lockFiles } from '#plant/file-rows.ts';
import type { Actor } from '#vault/actor.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { plantEpoch } from '#vault/plant-state.ts';
import type { Server } from '../server.ts';
import { restoredMeanwhile } from '../write-plant.ts';
import { type ChangeSet, sqlIn } from './change-set-rows.ts';
import { auditItems, keepItems } from './item-rows.ts';

/** Who wants to write more restores the backup. One transaction holds all of it, and people wait for its rows. */
export const MOST_ROWS = 100_000;

/** Nobody waits long for a look. */
const LIMITS = `SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'`;

/**
 * What PostgreSQL answers where people write the same rows at this moment: a lock not to be had, a deadlock, a row or
 * a reference that came or went since it was looked at.
 */
const OVERTAKEN = new Set(['55P03', '40P01', '40001', '23503', '23505']);

/** Throws CONFLICT for what `OVERTAKEN` names, whoever ran the statement, and `thrown` itself for all else. */
export function throwAsConflict(thrown: unknown): never {
  const { code, meta } = (thrown ?? {}) as { code?: string; meta?: { code?: string } };
  if (OVERTAKEN.has(code ?? '') || OVERTAKEN.has(meta?.code ?? ''))
    throw new FiberkeepError('CONFLICT', { reason: 'changedMeanwhile', cause: thrown });
  throw thrown;
}

/** Runs `work` in a transaction that is rolled back. Throws CONFLICT. */
export async function inVain<T>({ pool }: Server, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(`BEGIN; ${LIMITS}`);
    return await work(sqlOn(client));
  } catch (thrown) {
    return throwAsConflict(thrown);
  } finally {
    await client.query('ROLLBACK').catch((thrown) => {
      broken = thrown;
    });
    client.release(broken);
  }
}

/** How many rows of the plant were written. */
export function rowsWritten(counts: readonly ItemCount[]): number {
  const written = counts.filter(({ deed }) => ['CREATE', 'UPDATE', 'REMOVE'].includes(deed));
  return written.reduce((sum, { count }) => sum + count, 0);
}

interface Writing {
  readonly changeSet: Pick<ChangeSet, 'id' | 'epoch'>;
  bring(sql: Sql): Promise<BroughtBack>;
  /** Of the look before: other rows are not written. */
  readonly digest: string;
  readonly by: Actor;
  /** Keeps the rows, so that it can be undone. */
  readonly keep: boolean;
}

/**
 * Writes the rows of a change set in the transaction that ends its job: all of it or nothing. Throws CONFLICT where
 * people changed something since the look, and PLANT_RESTORED_MEANWHILE.
 */
export async function writeChangeSet(
  server: Server,
  run: Pick<JobRun, 'commit'>,
  { changeSet, bring, digest, by, keep }: Writing,
  settle: (tx: VaultTransaction, done: BroughtBack) => Promise<void>,
): Promise<void> {
  await run
    .commit({ changeSetId: changeSet.id }, async (tx) => {
      await lockFiles(tx, 'removing');
      await server.room.require('database', 0);
      const sql = sqlIn(tx);
      const done = await bring(sql);
      if (done.digest !== digest)
        throw new FiberkeepError('CONFLICT', { reason: 'changedSincePreview' });
      if (keep) await keepItems(sql, changeSet.id);
      await auditItems(sql, by, { changeSetId: changeSet.id });
      await settle(tx, done);
      // Read last, when the rows are locked: a swap that came before has raised it, and one that comes waits.
      if ((await plantEpoch(tx)) !== changeSet.epoch) throw restoredMeanwhile('writing');
    })
    .catch(throwAsConflict);
}
