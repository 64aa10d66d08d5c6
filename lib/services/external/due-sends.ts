import type { VaultTransaction } from '#vault/client.ts';
import { systemActor } from '../permit.ts';
import { scheduleZone } from '../schedule/schedule-zone.ts';
import type { Server } from '../server.ts';
import { findCopy, newestCopyIn } from './copy-rows.ts';
import { type DestinationRow, listDestinationRows, lockDestination } from './destination-rows.ts';
import { notifyOverdue } from './notify-external.ts';
import { isQuiet } from './pace.ts';
import { enqueueSend } from './send-backup.ts';
import { activeSend, backupToSend } from './send-rows.ts';
import { enqueueTend } from './tend-destination.ts';

const HOUR_MS = 60 * 60 * 1000;
/** A day, and what a night and a long way take. */
const OVERDUE_MS = 26 * HOUR_MS;

/**
 * The chore: asks for every backup that a destination should have and lacks. It looks at what is there, not at what
 * happened, so a night while the place was away, a worker that died and a new destination are all one case.
 */
export async function requestDueSends(server: Server): Promise<void> {
  const timeZone = await scheduleZone(server);
  for (const row of await listDestinationRows(server.vault)) {
    if (!row.enabled) continue;
    if (!isQuiet({ ...row, timeZone }, server.now()))
      await server.vault.$transaction((tx) => requestDue(server, tx, row.id));
    await server.vault.$transaction((tx) => tellOverdue(server, tx, row.id));
  }
}

async function requestDue(server: Server, tx: VaultTransaction, id: string): Promise<void> {
  // Locked, so that two workers do not ask for it twice.
  const row = await lockDestination(tx, id);
  if (!row || !mayTry(row, server.now())) return;
  if (await activeSend(tx, id)) return;
  const backup = await backupToSend(tx, server.now());
  if (backup && (await findCopy(tx, id, backup.id))?.status !== 'HERE')
    await enqueueSend(tx, row, backup, systemActor);
  else if (row.failingSince) await enqueueTend(tx, id);
}

/** Where another server took the place, only a person decides. */
function mayTry({ enabled, lostAt, nextAttemptAt }: DestinationRow, now: Date): boolean {
  return enabled && lostAt === null && (nextAttemptAt === null || nextAttemptAt <= now);
}

async function tellOverdue(server: Server, tx: VaultTransaction, id: string): Promise<void> {
  const row = await lockDestination(tx, id);
  if (!row) return;
  const newest = (await newestCopyIn(tx, id, server.now()))?.createdAt ?? null;
  if (isOverdue(row, newest, server.now())) await notifyOverdue(tx, row, newest, server.now());
}

/** Whether the newest backup there is older than it should be. A new destination has a day for its first one. */
export function isOverdue(
  { enabled, createdAt }: Pick<DestinationRow, 'enabled' | 'createdAt'>,
  newest: Date | null,
  now: Date,
): boolean {
  return enabled && now.getTime() - (newest ?? createdAt).getTime() > OVERDUE_MS;
}
