import type { Backup } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { findReadyBackup } from '../backups/backup-rows.ts';
import { systemActor } from '../permit.ts';
import { scheduleZone } from '../schedule/schedule-zone.ts';
import type { Server } from '../server.ts';
import { findCopy } from './copy-rows.ts';
import { type DestinationRow, listDestinationRows, lockDestination } from './destination-rows.ts';
import { notifyOverdue } from './notify-external.ts';
import { lookOverdue } from './overdue.ts';
import { isQuiet } from './pace.ts';
import { enqueueSend } from './send-backup.ts';
import { enterSend, forgetSendsAhead, newestSend, succeedSend } from './send-ledger-rows.ts';
import { activeSend, backupToSend } from './send-rows.ts';
import { lastDue, sendScheduleOf } from './send-schedule.ts';
import { enqueueTend } from './tend-destination.ts';

/**
 * The chore: asks for every backup that a destination should have and lacks. It looks at what is there, not at what
 * happened, so a night while the place was away, a worker that died and a new destination are all one case.
 */
export async function requestDueSends(server: Server): Promise<void> {
  const timeZone = await scheduleZone(server);
  for (const row of await listDestinationRows(server.vault)) {
    if (!row.enabled) continue;
    if (!isQuiet({ ...row, timeZone }, server.now()))
      await server.vault.$transaction((tx) => requestDue(server, tx, row.id, timeZone));
    await server.vault.$transaction((tx) => tellOverdue(server, tx, row.id));
  }
}

async function requestDue(
  server: Server,
  tx: VaultTransaction,
  id: string,
  timeZone: string,
): Promise<void> {
  // Locked, so that two workers do not ask for it twice.
  const row = await lockDestination(tx, id);
  if (!row || !mayTry(row, server.now())) return;
  if (await activeSend(tx, id)) return;
  const backup = await dueBackup(tx, row, timeZone, server.now());
  if (backup && (await findCopy(tx, id, backup.id))?.status !== 'HERE')
    await enqueueSend(tx, row, backup, systemActor);
  else if (row.failingSince) await enqueueTend(tx, id);
}

/**
 * What the destination should have: the newest backup, or by its own schedule the newest of when it was last due. A
 * date of the schedule is entered into the ledger, once.
 */
async function dueBackup(
  tx: VaultTransaction,
  row: DestinationRow,
  timeZone: string,
  now: Date,
): Promise<Backup | null> {
  const newest = await backupToSend(tx, now);
  const schedule = sendScheduleOf(row, timeZone);
  if (!schedule || !newest) return newest;
  await forgetSendsAhead(tx, row.id, now);
  const moment = lastDue(schedule, row.sendSince, now);
  if (moment) await enterSend(tx, row.id, moment, schedule, { backup: newest, now });
  const send = await newestSend(tx, row.id, now);
  if (!send?.backupId) return null;
  if ((await findCopy(tx, row.id, send.backupId))?.status === 'HERE')
    await succeedSend(tx, row.id, send.backupId, now);
  if (send.status === 'SUCCEEDED') return null;
  // One that was deleted since has the newest in its place.
  return (await findReadyBackup(tx, send.backupId)) ?? newest;
}

/** Where another server took the place, only a person decides. */
function mayTry({ enabled, lostAt, nextAttemptAt }: DestinationRow, now: Date): boolean {
  return enabled && lostAt === null && (nextAttemptAt === null || nextAttemptAt <= now);
}

async function tellOverdue(server: Server, tx: VaultTransaction, id: string): Promise<void> {
  const row = await lockDestination(tx, id);
  if (!row) return;
  const { newest, isOverdue } = await lookOverdue(tx, row, server.now());
  if (isOverdue) await notifyOverdue(tx, row, newest, server.now());
}
