import { type ArchiveHead, type Job, Prisma } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';

export type HeadRow = ArchiveHead;

/** Nobody reads a head that was not used for so long: readers say so every minute. */
const UNUSED = '10 minutes';

/** A number above every fencing token that no other attempt of any job has. It names what the attempt writes. */
export async function nextAttempt(db: VaultTransaction): Promise<bigint> {
  const found = await db.$queryRaw<{ attempt: bigint }[]>`
    SELECT nextval('vault.attempt') AS attempt`;
  const attempt = found[0]?.attempt;
  if (attempt === undefined) throw new RangeError('A sequence without a next value');
  return attempt;
}

/** The kept head of a backup's archive, not given up for the next minutes; null where none is kept. */
export async function touchHead(db: VaultTransaction, backupId: string): Promise<HeadRow | null> {
  await db.$executeRaw`
    UPDATE vault.archive_head SET last_used_at = clock_timestamp()
     WHERE backup_id = ${backupId}::uuid AND status = 'READY'`;
  return db.archiveHead.findFirst({ where: { backupId, status: 'READY' } });
}

/**
 * The backups whose archives some process is sending: senders say so every minute. A broken download has a
 * little longer to resume.
 */
export const backupsBeingSent = Prisma.sql`
  SELECT backup_id FROM vault.archive_head
   WHERE status = 'READY' AND last_used_at > clock_timestamp() - interval '3 minutes'`;

/** The job that makes the head of a backup's archive, unless it is being cancelled. */
export function runningPrepare(db: VaultTransaction, backupId: string): Promise<Job | null> {
  return db.job.findFirst({
    where: {
      kind: 'PREPARE_ARCHIVE',
      status: { in: ['QUEUED', 'RUNNING'] },
      cancelRequestedAt: null,
      input: { path: ['backupId'], equals: backupId },
    },
  });
}

/** The archive's exact size, and its digest where it is known. */
export async function noteArchive(
  tx: VaultTransaction,
  backupId: string,
  archive: { readonly archiveSize: bigint; readonly archiveSha256: string | null },
): Promise<void> {
  const data = { ...archive, archiveExact: true };
  await tx.backup.update({ where: { id: backupId }, data });
}

/** Notes the archive's digest; false where its head is another one by now. */
export async function noteDigest(
  tx: VaultTransaction,
  { backupId, sha256 }: Pick<HeadRow, 'backupId' | 'sha256'>,
  archiveSha256: string,
): Promise<boolean> {
  if ((await tx.archiveHead.count({ where: { backupId, sha256 } })) === 0) return false;
  await tx.backup.updateMany({ where: { id: backupId }, data: { archiveSha256 } });
  return true;
}

/** Whether the archive of a backup is being sent. */
export async function isBeingSent(db: VaultTransaction, backupId: string): Promise<boolean> {
  const found = await db.$queryRaw<unknown[]>`
    SELECT FROM (${backupsBeingSent}) AS sent WHERE backup_id = ${backupId}::uuid`;
  return found.length > 0;
}

/** Of these backups, those whose heads are kept. */
export async function backupsWithHeads(
  db: VaultTransaction,
  backupIds: readonly string[],
): Promise<Set<string>> {
  const found = await db.archiveHead.findMany({
    where: { backupId: { in: [...backupIds] }, status: 'READY' },
    select: { backupId: true },
  });
  return new Set(found.map(({ backupId }) => backupId));
}

export type NewHead = Pick<HeadRow, 'backupId' | 'object' | 'bytes' | 'sha256' | 'layoutVersion'>;

/**
 * Keeps a head unless one of the backup is kept: the first wins, before any byte of it is sent. `won`: it is
 * this one. `known`: a head of the same bytes was kept before, so that the archive is the same.
 */
export async function keepHead(
  tx: VaultTransaction,
  head: NewHead,
): Promise<{ won: boolean; known: boolean }> {
  const before = await tx.archiveHead.findUnique({ where: { backupId: head.backupId } });
  const kept = await tx.$executeRaw`
    INSERT INTO vault.archive_head AS h (backup_id, object, status, bytes, sha256, layout_version)
    VALUES (${head.backupId}::uuid, ${head.object}, 'READY', ${head.bytes}, ${head.sha256}, ${head.layoutVersion})
    ON CONFLICT (backup_id) DO UPDATE
       SET object = excluded.object, status = 'READY', bytes = excluded.bytes, sha256 = excluded.sha256,
           layout_version = excluded.layout_version, created_at = now(), last_used_at = clock_timestamp()
     WHERE h.status = 'GONE'`;
  const same = before?.sha256 === head.sha256 && before.layoutVersion === head.layoutVersion;
  return { won: kept > 0, known: same };
}

/**
 * Gives up heads, the least recently used first, until the others have at most `mostBytes`. Heads that were
 * used in the last minutes stay. Answers those given up: the caller deletes their objects.
 */
export function giveUpHeads(db: VaultTransaction, mostBytes: bigint): Promise<HeadPlace[]> {
  return db.$queryRaw<HeadPlace[]>`
    WITH newest AS (
      SELECT backup_id, sum(bytes) OVER (ORDER BY last_used_at DESC, backup_id) AS so_far
        FROM vault.archive_head WHERE status = 'READY')
    UPDATE vault.archive_head h SET status = 'GONE'
      FROM newest n
     WHERE n.backup_id = h.backup_id AND n.so_far > ${mostBytes}
       AND h.status = 'READY' AND h.last_used_at < clock_timestamp() - ${UNUSED}::interval
    RETURNING h.object, h.bytes`;
}

/** Forgets the heads of backups that are gone. Answers them: the caller deletes their objects. */
export function dropHeadsOfDeleted(db: VaultTransaction): Promise<HeadPlace[]> {
  return db.$queryRaw<HeadPlace[]>`
    DELETE FROM vault.archive_head h
     WHERE NOT EXISTS (SELECT FROM vault.backup b WHERE b.id = h.backup_id)
    RETURNING h.object, h.bytes`;
}

/** Gives up a head that cannot be read, unless it was made anew meanwhile. */
export async function giveUpHead(db: VaultTransaction, head: HeadPlace): Promise<void> {
  await db.archiveHead.updateMany({ where: { object: head.object }, data: { status: 'GONE' } });
}

export type HeadPlace = Pick<HeadRow, 'object' | 'bytes'>;

/** Whether no job makes a head, so that objects without a row are leftovers. */
export async function areHeadsSettled(db: VaultTransaction): Promise<boolean> {
  const active = { kind: 'PREPARE_ARCHIVE', status: { in: ['QUEUED', 'RUNNING'] } };
  return (await db.job.count({ where: active })) === 0;
}

/** The objects of kept heads. */
export async function keptHeads(db: VaultTransaction): Promise<Set<string>> {
  const heads = await db.archiveHead.findMany({ where: { status: 'READY' } });
  return new Set(heads.map(({ object }) => object));
}
