import type { Failure, LackOfSpace } from '#errors';
import type { Backup, Night } from '#generated/vault/client.ts';
import type { StorageLevel } from '../health/storage-day-rows.ts';

/** What other capabilities report to notifications, each in the transaction that records it. */

/** The end of a night, or of several that were missed together. */
export type NightEnd =
  /**
   * `recovered`: this success ends a series of failures. The night before failed or was missed, this night had been
   * given up, or it ends the last overdue night that was notified.
   */
  | { readonly kind: 'SUCCEEDED'; readonly night: Night; readonly recovered: boolean }
  /** Every attempt failed. */
  | { readonly kind: 'FAILED'; readonly night: Night }
  /** The server was down; oldest first, at least one. */
  | { readonly kind: 'MISSED'; readonly nights: readonly Night[] };

/** The end of a restore test. */
export interface RestoreTestEnd {
  readonly backup: Pick<Backup, 'id' | 'name' | 'kind' | 'createdAt'>;
  readonly jobId: string;
  /**
   * FAILED: the backup cannot be restored. UNDECIDED: the test did not finish (full disk, lost worker), which says
   * nothing about the backup; the server tries again.
   */
  readonly outcome: 'TESTED' | 'FAILED' | 'UNDECIDED';
  /** Null if it was tested. */
  readonly error: Failure | null;
}

/** The free space on the disk of the store reached another level. */
export interface SpaceChange {
  readonly from: StorageLevel;
  readonly to: StorageLevel;
  readonly freeBytes: bigint | null;
  readonly daysUntilFull: number | null;
  /** What is missing for the next backup; null where it fits. */
  readonly lack: LackOfSpace | null;
}
