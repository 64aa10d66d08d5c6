import { FiberkeepError, notFound } from '#errors';
import type { SqlRunner, VaultTransaction } from '#vault/client.ts';
import { changesUnseen, type NetworkRead } from './changes-since-rows.ts';
import { type Compare, findCompareRow } from './compare-rows.ts';

/** The compare of a backup with now that somebody saw. Throws NOT_FOUND where it is another, or was dropped. */
export async function compareSeen(
  db: VaultTransaction,
  id: string,
  backupId: string,
): Promise<Compare> {
  const compare = await findCompareRow(db, id);
  const isIt = compare?.status === 'READY' && compare.toNow && compare.fromBackupId === backupId;
  if (!isIt) throw notFound('compare');
  return compare;
}

/**
 * Throws CONFLICT where people changed the network since the compare read it. Who holds writers off meanwhile knows
 * that nobody changes anything after it either.
 */
export async function assertAsCompared(db: SqlRunner, compare: NetworkRead): Promise<void> {
  const changes = await changesUnseen(db, compare);
  if (changes > 0)
    throw new FiberkeepError('CONFLICT', { reason: 'changedSinceCompare', params: { changes } });
}
