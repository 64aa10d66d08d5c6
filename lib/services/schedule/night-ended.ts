import { storedFailure } from '#errors';
import type { Night } from '#generated/vault/client.ts';
import { recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { failureDetail } from '#vault/failures.ts';
import type { OverdueState } from '../notifications/notification-kinds.ts';
import { isEndOfOverdue, tellOfNight, tellOfOverdue } from '../notifications/notify-of.ts';
import { systemActor } from '../permit.ts';
import { nightBefore } from './night-rows.ts';
import type { Moment } from './night-times.ts';

/** What came of a night, told once each. */
export type NightNews =
  /**
   * `recovered`: the night before it failed or was missed, it had itself been given up, or with it the last night that
   * was told to be overdue is not any more.
   */
  | { readonly kind: 'SUCCEEDED'; readonly night: Night; readonly recovered: boolean }
  /** Tried as often as it is to be. */
  | { readonly kind: 'FAILED'; readonly night: Night }
  /** The server was down; oldest first, at least one. */
  | { readonly kind: 'MISSED'; readonly nights: readonly Night[] };

/** A night has its backup; `wasOver`: it had been given up before. Tells whether that ends a row of failures. */
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
 * The one place that hears of the end of every night, in the transaction that writes it down. The success of a
 * backup is in the audit log by its job already.
 */
export async function nightEnded(tx: VaultTransaction, news: NightNews): Promise<void> {
  if (news.kind === 'FAILED') await recordFailure(tx, 'night.fail', [news.night]);
  if (news.kind === 'MISSED') await recordFailure(tx, 'night.miss', news.nights);
  await tellOfNight(tx, news);
}

/** A night has had no backup for hours and has not ended: told once for each date. */
export async function nightOverdue(
  tx: VaultTransaction,
  night: Moment,
  state: OverdueState,
): Promise<void> {
  await tellOfOverdue(tx, night, state);
}

async function recordFailure(
  tx: VaultTransaction,
  action: string,
  nights: readonly Night[],
): Promise<void> {
  const newest = nights.at(-1);
  if (!newest) return;
  const localDates = nights.map(({ localDate }) => localDate.toISOString().slice(0, 10));
  const error = storedFailure(newest.error);
  await recordAudit(tx, {
    actor: systemActor,
    action,
    target: { kind: 'night', id: newest.id, name: localDates.at(-1) ?? '' },
    outcome: 'FAILED',
    detail: error ? failureDetail(error) : { nights: localDates },
  });
}
