import type { Backup, Job } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { latestDate } from '../backups/newest-rows.ts';

/** The queued or running job that sends this backup there; of any backup where none is named. Null without one. */
export function activeSend(
  db: VaultTransaction,
  destinationId: string,
  backupId?: string,
): Promise<Job | null> {
  const to = { input: { path: ['destinationId'], equals: destinationId } };
  const of = backupId === undefined ? {} : { input: { path: ['backupId'], equals: backupId } };
  return db.job.findFirst({
    where: {
      kind: 'SEND_BACKUP',
      status: { in: ['QUEUED', 'RUNNING'] },
      cancelRequestedAt: null,
      AND: [to, of],
    },
  });
}

/** Whether an active job runs or is due: one that was postponed waits for its time. */
export function isUnderWay({ status, notBefore }: Job, now: Date): boolean {
  return status === 'RUNNING' || notBefore <= now;
}

/**
 * The backup that a destination should have: the newest automatic one, or before there is any the newest that people
 * made. Only those with all files count. Null without one.
 */
export async function backupToSend(db: VaultTransaction, now: Date): Promise<Backup | null> {
  const where = {
    status: 'READY',
    includesFiles: true,
    createdAt: { lte: latestDate(now) },
  };
  const newest = (kind: string) =>
    db.backup.findFirst({
      where: { ...where, kind },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    });
  return (await newest('AUTOMATIC')) ?? newest('MANUAL');
}

/** Whether a job that looks after the destination has not begun yet. */
export async function isTendQueued(db: VaultTransaction, destinationId: string): Promise<boolean> {
  const input = { path: ['destinationId'], equals: destinationId };
  const where = { kind: 'TEND_DESTINATION', status: 'QUEUED', input };
  return (await db.job.count({ where })) > 0;
}
