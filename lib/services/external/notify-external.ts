import type { Failure } from '#errors';
import type { VaultTransaction } from '#vault/client.ts';
import { notify } from '../notifications/notify.ts';
import { type DestinationRow, writeDestination } from './destination-rows.ts';

/** A place that is away for a moment is tried again before anybody hears of it. */
const TRIES_BEFORE = 3;

/** Notifies once that a destination keeps failing; at once where another server took it. */
export async function notifyFailing(
  tx: VaultTransaction,
  row: DestinationRow,
  error: Failure,
  now: Date,
): Promise<void> {
  const isFinal = error.code === 'DESTINATION_LOST';
  if (row.failingNotifiedAt || (!isFinal && row.attempts + 1 < TRIES_BEFORE)) return;
  await writeDestination(tx, row.id, { failingNotifiedAt: now });
  await tellFailed(tx, row, error, now);
}

/** Notifies a failure once more each time. */
export async function tellFailed(
  tx: VaultTransaction,
  row: DestinationRow,
  error: Failure,
  now: Date,
): Promise<void> {
  await notify(tx, {
    event: 'EXTERNAL_FAILED',
    occurrence: `external-failed:${row.id}:${now.toISOString()}`,
    data: { destination: named(row), since: (row.failingSince ?? now).toISOString(), error },
  });
}

/** Notifies once that the newest backup there is too old. */
export async function notifyOverdue(
  tx: VaultTransaction,
  row: DestinationRow,
  newest: Date | null,
  now: Date,
): Promise<void> {
  if (row.overdueNotifiedAt) return;
  await writeDestination(tx, row.id, { overdueNotifiedAt: now });
  await notify(tx, {
    event: 'EXTERNAL_OVERDUE',
    occurrence: `external-overdue:${row.id}:${now.toISOString()}`,
    data: { destination: named(row), newest: newest?.toISOString() ?? null },
  });
}

/** Notifies that something that lay there is gone or altered, and is not here either. */
export async function notifyDamaged(
  tx: VaultTransaction,
  row: DestinationRow,
  objects: number,
  now: Date,
): Promise<void> {
  await notify(tx, {
    event: 'EXTERNAL_DAMAGED',
    occurrence: `external-damaged:${row.id}:${now.toISOString()}`,
    data: { destination: named(row), objects },
  });
}

/**
 * Notifies the first good run after failures that were notified, or after the newest backup was too old, which it is
 * no more. What was told counts as told until then.
 */
export async function notifyGood(
  tx: VaultTransaction,
  row: DestinationRow,
  { isOverdue }: { readonly isOverdue: boolean },
): Promise<void> {
  const overdueSince = isOverdue ? null : row.overdueNotifiedAt;
  const since = row.failingNotifiedAt ?? overdueSince;
  if (overdueSince) await writeDestination(tx, row.id, { overdueNotifiedAt: null });
  if (!since) return;
  await notify(tx, {
    event: 'RECOVERED',
    occurrence: `external-recovered:${row.id}:${since.toISOString()}`,
    data: { what: 'EXTERNAL', name: row.name },
  });
}

function named({ id, name }: DestinationRow) {
  return { id, name };
}
