import { v7 as uuidv7 } from 'uuid';
import type { Failure } from '#errors';
import type { Job, Upload } from '#generated/vault/client.ts';
import { type Actor, authorColumns } from '#vault/actor.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { failureColumn } from '#vault/failures.ts';

export type UploadRow = Upload;

/** The states of an upload. Those of `ended` are final, and their bytes are removed. */
export type UploadStatus =
  | 'RECEIVING'
  | 'CHECKING'
  | 'DONE'
  | 'REFUSED'
  | 'FAILED'
  | 'CANCELLED'
  | 'EXPIRED';
const ended: UploadStatus[] = ['DONE', 'REFUSED', 'CANCELLED', 'EXPIRED'];
const open: UploadStatus[] = ['RECEIVING', 'CHECKING', 'FAILED'];

/** The bytes are removed this long after the last one came. */
export const UPLOAD_KEPT_MS = 24 * 60 * 60 * 1000;

function expiry(): Date {
  return new Date(Date.now() + UPLOAD_KEPT_MS);
}

export function insertUpload(
  tx: VaultTransaction,
  author: Actor,
  file: { readonly fileName: string; readonly size: bigint },
): Promise<UploadRow> {
  return tx.upload.create({
    data: {
      id: uuidv7(),
      ...file,
      ...authorColumns('author', author),
      address: author.address,
      expiresAt: expiry(),
    },
  });
}

/** Makes announcements wait for each other, so that each sees the space that the others will take. */
export async function lockAnnouncements(tx: VaultTransaction): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('fiberkeep: uploads announced', 0))`;
}

/** Uploads whose bytes are kept: they still come, are checked, or may be checked again. Newest first. */
export function openUploads(db: VaultTransaction, authorId?: string | null): Promise<UploadRow[]> {
  return db.upload.findMany({
    where: { status: { in: open }, ...(authorId !== undefined && { authorId }) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
}

/** Locks the upload's row until the transaction ends. */
export async function lockUpload(tx: VaultTransaction, id: string): Promise<UploadRow | null> {
  await tx.$queryRaw`SELECT id FROM vault.upload WHERE id = ${id}::uuid FOR UPDATE`;
  return tx.upload.findUnique({ where: { id } });
}

export function findUploadRow(db: VaultTransaction, id: string): Promise<UploadRow | null> {
  return db.upload.findUnique({ where: { id } });
}

/** The upload, if this author announced it. */
export function findUploadOf(
  db: VaultTransaction,
  authorId: string | null,
  id: string,
): Promise<UploadRow | null> {
  return db.upload.findFirst({ where: { id, authorId } });
}

/** The job that checks an upload. */
export function findCheck(db: VaultTransaction, jobId: string): Promise<Job | null> {
  return db.job.findUnique({ where: { id: jobId } });
}

export async function markChecking(tx: VaultTransaction, id: string, jobId: string): Promise<void> {
  const data = { status: 'CHECKING', jobId, error: failureColumn(null) };
  await tx.upload.update({ where: { id }, data });
}

export async function markCancelled(tx: VaultTransaction, id: string): Promise<void> {
  await tx.upload.update({ where: { id }, data: { status: 'CANCELLED', endedAt: new Date() } });
}

/** Bytes came: the upload is kept for UPLOAD_KEPT_MS more. */
export async function keepUpload(db: VaultTransaction, id: string): Promise<void> {
  await db.upload.updateMany({
    where: { id, status: 'RECEIVING' },
    data: { expiresAt: expiry() },
  });
}

/**
 * Ends the check of an upload, unless it has ended. A FAILED one may be checked again; any other end removes
 * the bytes. Answers whether this call ended it.
 */
export async function endUploadCheck(
  db: VaultTransaction,
  id: string,
  status: 'DONE' | 'REFUSED' | 'FAILED' | 'CANCELLED',
  { error = null, backupId = null }: { error?: Failure | null; backupId?: string | null } = {},
): Promise<boolean> {
  const { count } = await db.upload.updateMany({
    where: { id, status: 'CHECKING' },
    data: {
      status,
      backupId,
      error: failureColumn(error),
      ...(status === 'FAILED' ? { expiresAt: expiry() } : { endedAt: new Date() }),
    },
  });
  return count > 0;
}

/** Ends uploads for which no byte came in time. Answers how many. */
export async function expireUploads(db: VaultTransaction): Promise<number> {
  const now = new Date();
  const { count } = await db.upload.updateMany({
    where: { status: { in: ['RECEIVING', 'FAILED'] }, expiresAt: { lte: now } },
    data: { status: 'EXPIRED', endedAt: now },
  });
  return count;
}

/** Ended uploads whose bytes are still here. */
export function endedUploads(db: VaultTransaction): Promise<UploadRow[]> {
  return db.upload.findMany({ where: { status: { in: ended }, removedAt: null } });
}

export async function markRemoved(db: VaultTransaction, id: string): Promise<void> {
  await db.upload.updateMany({ where: { id }, data: { removedAt: new Date() } });
}
