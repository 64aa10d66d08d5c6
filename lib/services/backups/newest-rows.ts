import type { Backup, Prisma } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';

/** The clocks of several machines differ by less. */
const CLOCKS_DIFFER_MS = 5 * 60 * 1000;

/**
 * The last moment at which a backup may be made by clocks that are right. One that is dated later was made by a
 * clock that was wrong, or the clock of `now` is. It never counts as the newest.
 */
export function latestDate(now: Date): Date {
  return new Date(now.getTime() + CLOCKS_DIFFER_MS);
}

/** Whether the backup is dated later than any clock that is right could have dated it. */
export function isDatedAhead({ createdAt }: Pick<Backup, 'createdAt'>, now: Date): boolean {
  return createdAt > latestDate(now);
}

/** The newest READY backup of these that is not dated ahead; null without one. */
export function newestBackup(
  db: Pick<VaultTransaction, 'backup'>,
  now: Date,
  where: Prisma.BackupWhereInput = {},
): Promise<Backup | null> {
  return db.backup.findFirst({
    where: { AND: [where, { status: 'READY', createdAt: { lte: latestDate(now) } }] },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
}

/** How many backups of this server are dated ahead, and the last date; null without any. */
export async function backupsDatedAhead(
  db: Pick<VaultTransaction, 'backup'>,
  now: Date,
): Promise<{ readonly count: number; readonly latest: Date } | null> {
  const { _count, _max } = await db.backup.aggregate({
    where: { status: 'READY', kind: { not: 'UPLOADED' }, createdAt: { gt: latestDate(now) } },
    _count: true,
    _max: { createdAt: true },
  });
  return _max.createdAt && { count: _count, latest: _max.createdAt };
}

/** The newest READY backups; those dated ahead come last. `withFiles`: only those that hold files. */
export async function newestBackups(
  db: VaultTransaction,
  { withFiles, most, now }: { withFiles: boolean; most: number; now: Date },
): Promise<Backup[]> {
  const found = await db.$queryRaw<{ id: string }[]>`
    SELECT id FROM vault.backup WHERE status = 'READY' AND (includes_files OR NOT ${withFiles})
     ORDER BY created_at > ${latestDate(now)}, created_at DESC, id DESC LIMIT ${most}`;
  const ids = found.map(({ id }) => id);
  const backups = await db.backup.findMany({ where: { id: { in: ids } } });
  return backups.sort((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id));
}
