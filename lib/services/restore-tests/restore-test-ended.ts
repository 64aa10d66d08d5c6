import type { Failure } from '#errors';
import { publish } from '#events/channel.ts';
import type { Backup } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { tellOfRestoreTest } from '../notifications/notify-of.ts';

/** How a restore test ended. */
export interface RestoreTestEnd {
  readonly backup: Pick<Backup, 'id' | 'name' | 'kind' | 'createdAt'>;
  readonly jobId: string;
  /**
   * FAILED: the backup does not come back. UNDECIDED: the restore test could not be finished (the disk was full, the
   * worker died), which says nothing about the backup; it is tried again by itself.
   */
  readonly outcome: 'TESTED' | 'FAILED' | 'UNDECIDED';
  /** Null where it was tested. */
  readonly error: Failure | null;
}

/** Tells whoever wants to know, in the transaction that writes the restore test's end. One that a person cancelled is no news. */
export async function restoreTestEnded(tx: VaultTransaction, news: RestoreTestEnd): Promise<void> {
  await publish(tx, { kind: 'BACKUPS_CHANGED', id: news.backup.id });
  await tellOfRestoreTest(tx, news);
}
