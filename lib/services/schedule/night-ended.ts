import { storedFailure } from '#errors';
import type { Night } from '#generated/vault/client.ts';
import { recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { failureDetail } from '#vault/failures.ts';
import type { OverdueState } from '../notifications/notification-kinds.ts';
import { isEndOfOverdue, notifyOfNight, notifyOfOverdue } from '../notifications/notify.ts';
import type { NightEnd } from '../notifications/occasions.ts';
import { systemActor } from '../permit.ts';
import { nightBefore } from './night-rows.ts';
import { dateText, type Moment } from './night-times.ts';

/** Records that a night has its backup; `wasOver`: it had been given up before. */
export async function nightSucceeded(
  tx: VaultTransaction,
  { night, wasOver }: { readonly night: Night; readonly wasOver: boolean },
): Promise<void> {
  const before = await nightBefore(tx, night);
  const recovered =
    wasOver ||
    (before !== null && before.status !== 'SUCCEEDED') ||
    (await isEndOfOverdue(tx, night));
  await nightEnded(tx, { kind: 'SUCCEEDED', night, recovered });
}

/**
 * Audits and notifies the end of a night, in the transaction that writes it down. The job of a successful backup
 * has its own audit entry.
 */
export async function nightEnded(tx: VaultTransaction, end: NightEnd): Promise<void> {
  if (end.kind === 'FAILED') await recordFailure(tx, 'night.fail', [end.night]);
  if (end.kind === 'MISSED') await recordFailure(tx, 'night.miss', end.nights);
  await notifyOfNight(tx, end);
}

/** Notifies once per date that a night has had no backup for hours and has not ended. */
export async function nightOverdue(
  tx: VaultTransaction,
  night: Moment,
  state: OverdueState,
): Promise<void> {
  await notifyOfOverdue(tx, night, state);
}

async function recordFailure(
  tx: VaultTransaction,
  action: string,
  nights: readonly Night[],
): Promise<void> {
  const newest = nights.at(-1);
  if (!newest) return;
  const localDates = nights.map(({ localDate }) => dateText(localDate));
  const error = storedFailure(newest.error);
  await recordAudit(tx, {
    actor: systemActor,
    action,
    target: { kind: 'night', id: newest.id, name: localDates.at(-1) ?? '' },
    outcome: 'FAILED',
    detail: error ? failureDetail(error) : { nights: localDates },
  });
}
