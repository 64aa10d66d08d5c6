import { validate as isUuid } from 'uuid';
import { publish } from '#events/channel.ts';
import type { Backup, Prisma } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';

/** What COPY text of a network shrinks to, until the store has chunks to tell by. */
const USUAL_RATIO = 0.25;

/** The newest backups, for a new one to be matched against; `withFiles`: only those that hold files. */
export async function newestBackups(
  db: VaultTransaction,
  { withFiles, most }: { withFiles: boolean; most: number },
): Promise<Backup[]> {
  return db.backup.findMany({
    where: { status: 'READY', includesFiles: withFiles ? true : undefined },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: most,
  });
}

/** Enters a backup into the catalogue: from the commit of this transaction on, it exists. */
export async function insertBackup(
  tx: VaultTransaction,
  backup: Prisma.BackupCreateInput,
): Promise<Backup> {
  const row = await tx.backup.create({ data: backup });
  await publish(tx, { kind: 'BACKUPS_CHANGED', id: row.id });
  return row;
}

/** Locks the backup's row until the transaction ends; null where there is none. */
export async function lockBackup(tx: VaultTransaction, id: string): Promise<Backup | null> {
  if (!isUuid(id)) return null;
  await tx.$queryRaw`SELECT id FROM vault.backup WHERE id = ${id}::uuid FOR UPDATE`;
  return tx.backup.findUnique({ where: { id } });
}

/**
 * Keeps the backup from being deleted until the transaction ends, beside others who do the same; null
 * where it is gone or being deleted.
 */
export async function holdBackup(tx: VaultTransaction, id: string): Promise<Backup | null> {
  if (!isUuid(id)) return null;
  await tx.$queryRaw`SELECT id FROM vault.backup WHERE id = ${id}::uuid FOR SHARE`;
  return tx.backup.findFirst({ where: { id, status: 'READY' } });
}

/** Whether a job that is queued or runs reads the backup; a restore test that is called off does not count any more. */
export async function isBackupInUse(tx: VaultTransaction, id: string): Promise<boolean> {
  const jobs = await tx.job.count({
    where: {
      status: { in: ['QUEUED', 'RUNNING'] },
      OR: [{ kind: 'STAGE_RESTORE' }, { kind: 'TEST_BACKUP', cancelRequestedAt: null }],
      input: { path: ['backupId'], equals: id },
    },
  });
  return jobs > 0;
}

/** Sealed bytes of a chunk by bytes of COPY text, over as many chunks as tell it well enough. */
export async function compressionRatio(db: VaultTransaction): Promise<number> {
  const found = await db.$queryRaw<{ ratio: number | null }[]>`
    SELECT sum(stored_bytes)::float8 / nullif(sum(plain_bytes), 0) AS ratio
      FROM (SELECT stored_bytes, plain_bytes FROM vault.chunk
             WHERE state = 'STORED' AND codec = 'brotli' LIMIT 10000) AS sampled`;
  return found[0]?.ratio ?? USUAL_RATIO;
}
