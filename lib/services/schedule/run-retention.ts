import { z } from 'zod';
import { FiberkeepError } from '#errors';
import type { Backup } from '#generated/vault/client.ts';
import { defineJobKind, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { systemAuthority } from '../authority.ts';
import { removeBackup } from '../backups/delete-backup.ts';
import { isBeingSent } from '../downloads/archive-head-rows.ts';
import { systemActor } from '../permit.ts';
import { lastTestedIds } from '../restore-tests/restore-test-rows.ts';
import { UNDO_WINDOW_MS } from '../restores/kept-plant-rows.ts';
import type { Server } from '../server.ts';
import {
  decideRetention,
  type KeepReason,
  type RetentionBackup,
  type RetentionRule,
} from './decide-retention.ts';
import { retentionBackups } from './retention-rows.ts';
import { defaultNightTime, nightTimeOf, readSchedule } from './schedule-rows.ts';
import { forgetOldSlots } from './slot-rows.ts';

/** The backups to remove, oldest first, and those to keep with the reasons, newest first. */
export interface RetentionPreview {
  readonly remove: readonly string[];
  readonly keep: readonly { readonly id: string; readonly reasons: readonly KeepReason[] }[];
}

export const retentionJob = defineJobKind({
  kind: 'RETENTION',
  input: z.strictObject({}),
  action: 'backup.delete',
  audit: 'backup.retention',
  isChore: true,
  target: () => null,
  run: runRetention,
});

/** Queues a retention run, in the transaction that enters an automatic backup. */
export async function afterAutomaticSuccess(tx: VaultTransaction): Promise<void> {
  await enqueueJob(tx, retentionJob, { input: {}, requestedBy: systemActor });
}

/**
 * The job: removes the backups that the schedule's retention does not keep, oldest first. A backup that became
 * pinned, in use or the last tested one meanwhile stays until the next night.
 */
export async function runRetention(server: Server, run: JobRun): Promise<void> {
  const now = server.now();
  const rule = await ruleOf(server, now);
  const { remove } = decided(await retentionBackups(server.vault, now, UNDO_WINDOW_MS), rule);
  let removed = 0;
  for (const [done, id] of remove.entries()) {
    run.signal.throwIfAborted();
    run.report('removing', done, remove.length, 'steps');
    if (await removeUnlessNeeded(server, id)) removed++;
  }
  await run.commit({ removed: String(removed) }, (tx) => forgetOldSlots(tx, now));
}

async function removeUnlessNeeded(server: Server, id: string): Promise<boolean> {
  try {
    await removeBackup(server, id, systemAuthority, {
      check: (tx, backup) => refuseNeeded(tx, backup, server.now()),
    });
    return true;
  } catch (thrown) {
    if (thrown instanceof FiberkeepError && PASSED_OVER.has(thrown.code)) return false;
    throw thrown;
  }
}

/** Deleted, pinned, being read or downloaded, or the last tested one since the decision. */
const PASSED_OVER: ReadonlySet<string> = new Set([
  'NOT_FOUND',
  'CONFLICT',
  'BACKUP_PINNED',
  'BACKUP_IN_USE',
]);

/**
 * Decides again with the backup's row locked: another backup may have failed its restore test since, and somebody
 * may have begun to download this one.
 */
async function refuseNeeded(tx: VaultTransaction, { id, name }: Backup, now: Date): Promise<void> {
  if (await isBeingSent(tx, id))
    throw new FiberkeepError('BACKUP_IN_USE', {
      reason: 'backupBeingDownloaded',
      params: { name },
    });
  if (!(await lastTestedIds(tx, now)).includes(id)) return;
  throw new FiberkeepError('CONFLICT', { reason: 'lastTestedBackup', params: { name } });
}

/** Splits the backups into those to remove and those to keep. */
export function decided(
  backups: readonly RetentionBackup[],
  rule: RetentionRule,
): RetentionPreview {
  const all = decideRetention(backups, rule);
  const remove = all.filter(({ reasons }) => reasons.length === 0).map(({ id }) => id);
  return { remove: remove.reverse(), keep: all.filter(({ reasons }) => reasons.length > 0) };
}

async function ruleOf(server: Server, now: Date): Promise<RetentionRule> {
  const defaults = defaultNightTime(server);
  const schedule = await readSchedule(server.vault, defaults, now);
  return { ...schedule, timeZone: nightTimeOf(schedule, defaults).timeZone };
}
