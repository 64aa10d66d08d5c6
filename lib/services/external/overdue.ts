import type { VaultTransaction } from '#vault/client.ts';
import { newestCopyIn } from './copy-rows.ts';
import type { DestinationRow } from './destination-rows.ts';
import { overdueAfterMs } from './send-schedule.ts';

type Timed = Pick<DestinationRow, 'createdAt' | 'enabled' | 'sendDays' | 'sendTime'>;

/** How old the newest backup there may be. */
export function mostAgeMs({ sendDays, sendTime }: Pick<Timed, 'sendDays' | 'sendTime'>): number {
  return overdueAfterMs(sendTime === null ? null : { days: sendDays });
}

/** Whether the newest backup there is older than it should be. A new destination has as long for its first one. */
export function isOverdue(row: Timed, newest: Date | null, now: Date): boolean {
  return row.enabled && now.getTime() - (newest ?? row.createdAt).getTime() > mostAgeMs(row);
}

export async function lookOverdue(
  db: VaultTransaction,
  row: Timed & Pick<DestinationRow, 'id'>,
  now: Date,
): Promise<{ readonly newest: Date | null; readonly isOverdue: boolean }> {
  const newest = (await newestCopyIn(db, row.id, now))?.createdAt ?? null;
  return { newest, isOverdue: isOverdue(row, newest, now) };
}
