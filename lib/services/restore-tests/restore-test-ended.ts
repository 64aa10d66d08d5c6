import { publish } from '#events/channel.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { notifyOfRestoreTest } from '../notifications/notify-of.ts';
import type { RestoreTestEnd } from '../notifications/occasions.ts';

/** Publishes and notifies the end of a restore test, in its transaction; not of one that a person cancelled. */
export async function restoreTestEnded(tx: VaultTransaction, end: RestoreTestEnd): Promise<void> {
  await publish(tx, { kind: 'BACKUPS_CHANGED', id: end.backup.id });
  await notifyOfRestoreTest(tx, end);
}
