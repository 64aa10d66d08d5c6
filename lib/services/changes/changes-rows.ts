import { publish } from '#events/channel.ts';
import type { Backup } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { newestFirst } from '../page.ts';
import { type ChangeEntry, changesColumn } from './backup-changes.ts';

/** Backups of the network in use, whose changes are counted: not of a replaced one, and not from elsewhere. */
const counted = ['MANUAL', 'AUTOMATIC', 'INTRADAY'];

/** The newest backup before this one whose network it goes on; null for the first, and for a backup of another one. */
export async function countedSince(
  db: VaultTransaction,
  { id, kind, createdAt }: Pick<Backup, 'id' | 'kind' | 'createdAt'>,
): Promise<Backup | null> {
  if (!counted.includes(kind)) return null;
  return db.backup.findFirst({
    where: {
      id: { not: id },
      status: 'READY',
      kind: { in: counted },
      createdAt: { lte: createdAt },
    },
    orderBy: newestFirst,
  });
}

/** Writes down what changed. Does nothing where the backup is gone. */
export async function setChanges(
  tx: VaultTransaction,
  id: string,
  sinceId: string,
  entries: readonly ChangeEntry[],
): Promise<void> {
  const { count } = await tx.backup.updateMany({
    where: { id, status: 'READY' },
    data: { changes: changesColumn(entries), changesSince: sinceId },
  });
  if (count > 0) await publish(tx, { kind: 'BACKUPS_CHANGED', id });
}
