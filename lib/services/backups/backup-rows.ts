import { validate as isUuid } from 'uuid';
import type { StoredBackup } from '#engine/backup/create.ts';
import type { NotRestorable } from '#engine/ports.ts';
import { publish } from '#events/channel.ts';
import { type Backup, Prisma } from '#generated/vault/client.ts';
import { authorColumns } from '#vault/actor.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { givenNameColumn } from '#vault/given-name.ts';
import { estimateArchiveSize } from '../downloads/archive-file.ts';
import { anywhere, newestFirst, olderThan, placeOf } from '../page.ts';

/** The compression ratio of COPY text, assumed while the store has no chunks. */
const USUAL_RATIO = 0.25;

/** The newest backup of this network that is older than this one; null for the first. */
export function backupBefore(
  db: VaultTransaction,
  { id, createdAt }: Pick<Backup, 'id' | 'createdAt'>,
): Promise<Backup | null> {
  return db.backup.findFirst({
    where: {
      id: { not: id },
      status: 'READY',
      kind: { not: 'UPLOADED' },
      createdAt: { lte: createdAt },
    },
    orderBy: newestFirst,
  });
}

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
      AND: [
        {
          OR: [
            { kind: { in: ['STAGE_RESTORE', 'COMPARE'] } },
            { kind: 'TEST_BACKUP', cancelRequestedAt: null },
          ],
        },
        {
          OR: ['backupId', 'toBackupId'].map((field) => ({
            input: { path: [field], equals: id },
          })),
        },
      ],
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
export function catalogueRow(
  created: StoredBackup,
  compression: number,
  notRestorable: readonly NotRestorable[],
) {
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
    notRestorable: [...notRestorable],
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
  /** Anywhere in name, comment or author, as `foldName` has it; empty: any. */
  readonly search: string;
  readonly kind?: string | null;
}

/** The newest READY backups after the cursor `after`, and how many there are. Throws VALIDATION_FAILED. */
export async function pageOfBackups(
  db: VaultTransaction,
  request: BackupPageRequest,
): Promise<{ backups: Backup[]; totalCount: number }> {
  const { take, after, search, kind } = request;
  if (search !== '') return searchedBackups(db, request);
  const found: Prisma.BackupWhereInput = { status: 'READY', ...(kind && { kind }) };
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

/** The column `search` is made by the migration; Prisma does not know it. */
async function searchedBackups(
  db: VaultTransaction,
  { take, after, search, kind }: BackupPageRequest,
): Promise<{ backups: Backup[]; totalCount: number }> {
  const found = Prisma.sql`status = 'READY' AND search LIKE ${anywhere(search)}
    AND ${kind ? Prisma.sql`kind = ${kind}` : Prisma.sql`true`}`;
  const place = placeOf(after);
  const older = place
    ? Prisma.sql`(created_at, id) < (${place.createdAt}, ${place.id}::uuid)`
    : Prisma.sql`true`;
  const [ids, counted] = await Promise.all([
    db.$queryRaw<{ id: string }[]>`SELECT id FROM vault.backup
      WHERE ${found} AND ${older} ORDER BY created_at DESC, id DESC LIMIT ${take}`,
    db.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM vault.backup WHERE ${found}`,
  ]);
  const backups = await db.backup.findMany({
    where: { id: { in: ids.map(({ id }) => id) } },
    orderBy: newestFirst,
  });
  return { backups, totalCount: counted[0]?.count ?? 0 };
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
