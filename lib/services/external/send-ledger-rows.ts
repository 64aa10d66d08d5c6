import { v7 as uuidv7 } from 'uuid';
import type { Backup, Night } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { latestDate } from '../backups/newest-rows.ts';
import type { Moment } from '../schedule/night-times.ts';
import type { SendSchedule } from './send-schedule.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The policy in the ledger of nights of a destination that has its own schedule. */
function policyOf(destinationId: string): string {
  return `send ${destinationId}`;
}

/**
 * Enters the date into the ledger, with the backup that is due then. A date that is there already stays as it is, so
 * none is due twice. Older ones that were never sent are missed.
 */
export async function enterSend(
  tx: VaultTransaction,
  destinationId: string,
  { localDate, at }: Moment,
  { time, timeZone }: SendSchedule,
  { backup, now }: { readonly backup: Backup; readonly now: Date },
): Promise<void> {
  const policy = policyOf(destinationId);
  const row = { policy, localDate: new Date(localDate), scheduledFor: at, time, timeZone };
  const late = now.getTime() - at.getTime() > DAY_MS / 24;
  const entered = await tx.night.createMany({
    data: [{ ...row, id: uuidv7(), status: 'RUNNING', late, backupId: backup.id, startedAt: now }],
    skipDuplicates: true,
  });
  if (entered.count === 0) return;
  await tx.night.updateMany({
    where: { policy, status: 'RUNNING', localDate: { lt: row.localDate } },
    data: { status: 'MISSED', endedAt: now },
  });
}

/** Dates that only a clock far ahead can have entered come again when their time does. */
export async function forgetSendsAhead(
  tx: VaultTransaction,
  destinationId: string,
  now: Date,
): Promise<void> {
  const tooFar = new Date(now.getTime() + DAY_MS);
  await tx.night.deleteMany({
    where: { policy: policyOf(destinationId), scheduledFor: { gt: tooFar } },
  });
}

/** The newest date in the ledger that is not ahead; null without one. */
export function newestSend(
  db: VaultTransaction,
  destinationId: string,
  now: Date,
): Promise<Night | null> {
  return db.night.findFirst({
    where: { policy: policyOf(destinationId), scheduledFor: { lte: latestDate(now) } },
    orderBy: { localDate: 'desc' },
  });
}

/** The backup of a date is there. */
export async function succeedSend(
  tx: VaultTransaction,
  destinationId: string,
  backupId: string,
  now: Date,
): Promise<void> {
  await tx.night.updateMany({
    where: { policy: policyOf(destinationId), backupId, status: 'RUNNING' },
    data: { status: 'SUCCEEDED', endedAt: now },
  });
}

export async function forgetSends(tx: VaultTransaction, destinationId: string): Promise<void> {
  await tx.night.deleteMany({ where: { policy: policyOf(destinationId) } });
}
