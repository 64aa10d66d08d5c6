import { validate as isUuid } from 'uuid';
import type { CreatedBackup } from '#engine/backup/create.ts';
import { publish } from '#events/channel.ts';
import type { Backup, Prisma } from '#generated/vault/client.ts';
import { authorColumns } from '#vault/actor.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { givenNameColumn } from '#vault/given-name.ts';
import { estimateArchiveSize } from '../downloads/archive-file.ts';
import { newestFirst, olderThan } from '../page.ts';

/** The compression ratio of COPY text, assumed while the store has no chunks. */
const USUAL_RATIO = 0.25;

/** Enters a backup into the catalogue. It exists once this transaction commits. */
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
 * Keeps the backup from being deleted until the transaction ends; others may do the same. Null where it is
 * gone or being deleted.
 */
export async function holdBackup(tx: VaultTransaction, id: string): Promise<Backup | null> {
  if (!isUuid(id)) return null;
  await tx.$queryRaw`SELECT id FROM vault.backup WHERE id = ${id}::uuid FOR SHARE`;
  return tx.backup.findFirst({ where: { id, status: 'READY' } });
}

/** Whether a queued or running job reads the backup. A cancelled restore test does not count. */
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

/** Sealed bytes by bytes of COPY text, over a sample of chunks. */
export async function compressionRatio(db: VaultTransaction): Promise<number> {
  const found = await db.$queryRaw<{ ratio: number | null }[]>`
    SELECT sum(stored_bytes)::float8 / nullif(sum(plain_bytes), 0) AS ratio
      FROM (SELECT stored_bytes, plain_bytes FROM vault.chunk
             WHERE state = 'STORED' AND codec = 'brotli' LIMIT 10000) AS sampled`;
  return found[0]?.ratio ?? USUAL_RATIO;
}

/** The row of a new backup: what its manifest says, and what it cost. `compression`: see `compressionRatio`. */
export function catalogueRow(created: CreatedBackup, compression: number) {
  const { metadata, tables, structure } = created.manifest;
  return {
    id: metadata.backupId,
    name: metadata.name,
    givenName: givenNameColumn(metadata.givenName),
    comment: metadata.comment,
    ...authorColumns('author', metadata.author),
    kind: metadata.kind,
    createdAt: new Date(metadata.createdAt),
    scheduledFor: metadata.scheduledFor,
    includesFiles: metadata.includesFiles,
    fileCount: created.fileCount,
    fileBytes: created.fileBytes,
    tableBytes: created.tableBytes,
    archiveSize: estimateArchiveSize(created, compression),
    storedSize: created.storedBytes,
    tables: tables.map(({ name, rows, bytes, sha256 }) => ({ name, rows, bytes, sha256 })),
    structure: structure.map(({ name, checksum }) => ({ name, checksum })),
    manifestObject: created.manifestObject,
    manifestSha256: created.manifestSha256,
  } satisfies Prisma.BackupCreateInput;
}

/** A backup in any state; null where it is gone. */
export async function findBackupRow(db: VaultTransaction, id: string): Promise<Backup | null> {
  return isUuid(id) ? db.backup.findUnique({ where: { id } }) : null;
}

/** A READY backup; null where it is gone or being deleted. */
export async function findReadyBackup(db: VaultTransaction, id: string): Promise<Backup | null> {
  return (await readyBackups(db, [id]))[0] ?? null;
}

/** The READY backups of these ids, in any order. */
export async function readyBackups(
  db: VaultTransaction,
  ids: readonly string[],
): Promise<Backup[]> {
  return db.backup.findMany({
    where: { id: { in: ids.filter((id) => isUuid(id)) }, status: 'READY' },
  });
}

export interface BackupPageRequest {
  readonly take: number;
  readonly after?: string | null;
  /** Anywhere in name, comment or author, in any case; empty: any. */
  readonly search: string;
  readonly kind?: string | null;
}

/** The newest READY backups after the cursor `after`, and how many there are. Throws VALIDATION_FAILED. */
export async function pageOfBackups(
  db: VaultTransaction,
  { take, after, search, kind }: BackupPageRequest,
): Promise<{ backups: Backup[]; totalCount: number }> {
  const found: Prisma.BackupWhereInput = {
    status: 'READY',
    ...(kind && { kind }),
    ...(search !== '' && { OR: anywhere(search) }),
  };
  const [backups, totalCount] = await Promise.all([
    db.backup.findMany({
      where: { AND: [found, olderThan(after)] },
      orderBy: newestFirst,
      take,
    }),
    db.backup.count({ where: found }),
  ]);
  return { backups, totalCount };
}

function anywhere(search: string): Prisma.BackupWhereInput[] {
  // Escaped, so that LIKE finds the text itself.
  const contains = search.replaceAll(/[\\%_]/g, '\\$&');
  const text = { contains, mode: 'insensitive' as const };
  return [{ name: text }, { comment: text }, { authorName: text }];
}

/** Changes what people may change. */
export async function updateBackupRow(
  tx: VaultTransaction,
  id: string,
  data: Pick<Prisma.BackupUpdateInput, 'name' | 'comment' | 'pinned' | 'givenName'>,
): Promise<Backup> {
  const backup = await tx.backup.update({ where: { id }, data });
  await publish(tx, { kind: 'BACKUPS_CHANGED', id });
  return backup;
}

/** Takes the backup out of the catalogue; its manifest and its row go later. */
export async function markDeleting(tx: VaultTransaction, id: string): Promise<Backup> {
  const backup = await tx.backup.update({ where: { id }, data: { status: 'DELETING' } });
  await publish(tx, { kind: 'BACKUPS_CHANGED', id });
  return backup;
}

/** Backups whose deletion has begun and not ended. */
export function backupsBeingDeleted(db: VaultTransaction): Promise<Backup[]> {
  return db.backup.findMany({ where: { status: 'DELETING' } });
}

/** Removes the row of a backup that is being deleted. False where it is gone already. */
export async function deleteBackupRow(tx: VaultTransaction, id: string): Promise<boolean> {
  const { count } = await tx.backup.deleteMany({ where: { id, status: 'DELETING' } });
  if (count > 0) await publish(tx, { kind: 'BACKUPS_CHANGED', id });
  return count > 0;
}
