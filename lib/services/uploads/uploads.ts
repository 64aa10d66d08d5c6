import { validate as isUuid } from 'uuid';
import { FiberkeepError, type FieldError, notFound, validationError } from '#errors';
import { publish } from '#events/channel.ts';
import type { Job } from '#generated/vault/client.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { tidyLine, wrongName } from '#text';
import { recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { type Authority, systemAuthority, writeVault } from '../authority.ts';
import { authorIn } from '../authors.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { requireFreeSpace } from '../space.ts';
import { checkUploadJob } from './check-upload.ts';
import { removeBytes, removeUnclaimed } from './upload-files.ts';
import { uploadGone } from './upload-gone.ts';
import {
  endedUploads,
  expireUploads,
  findCheck,
  findUploadOf,
  findUploadRow,
  insertUpload,
  lockAnnouncements,
  lockUpload,
  markCancelled,
  markChecking,
  openUploads,
  type UploadRow,
} from './upload-rows.ts';

export const UPLOADS_PATH = '/api/uploads';
const MOST_NAME = 255;
/** Uploads of one person at a time, among them those that broke off. */
const MOST_OPEN = 50;

export interface UploadInput {
  /** As the file is called on the person's machine. */
  readonly fileName: string;
  /** Bytes. */
  readonly size: bigint;
}

/**
 * Announces an upload, so that its bytes can be sent. Throws VALIDATION_FAILED, CONFLICT for too many at once, or
 * DISK_FULL, where uploads that were announced before count as taken.
 */
export async function createUpload(
  server: Server,
  permit: Permit<'backup.upload'>,
  input: UploadInput,
): Promise<UploadRow> {
  const { actor } = permit;
  const file = readUploadInput(input);
  return writeVault(server, permit, async (tx) => {
    await lockAnnouncements(tx);
    await requireRoom(server, tx, file.size);
    if ((await openUploads(tx, actor.id)).length >= MOST_OPEN)
      throw new FiberkeepError('CONFLICT', {
        reason: 'tooManyUploads',
        params: { max: MOST_OPEN },
      });
    const upload = await insertUpload(tx, actor, file);
    await server.uploads.create(upload.id);
    await recordAudit(tx, {
      actor,
      action: 'backup.upload.request',
      target: { kind: 'upload', id: upload.id, name: file.fileName },
      outcome: 'DONE',
      detail: { size: file.size.toString() },
    });
    return upload;
  });
}

function readUploadInput({ fileName, size }: UploadInput): UploadInput {
  const name = tidyLine(fileName);
  const errors: FieldError[] = [];
  const wrong = wrongName(name, MOST_NAME);
  if (wrong !== null) errors.push({ path: 'fileName', ...wrong });
  if (size <= 0n || size > BigInt(Number.MAX_SAFE_INTEGER))
    errors.push({ path: 'size', reason: 'archiveSize' });
  if (errors.length > 0) throw validationError(errors);
  return { fileName: name, size };
}

/**
 * An upload takes twice its size: the file until it is checked, and its contents in the store. What others
 * announced and did not send yet counts as taken. Throws DISK_FULL.
 */
async function requireRoom(server: Server, tx: VaultTransaction, size: bigint): Promise<void> {
  const disk = await server.room.look('uploads');
  if (!disk) return;
  let promised = 0n;
  for (const upload of await openUploads(tx)) {
    const received = BigInt((await server.uploads.received(upload.id)) ?? 0);
    promised += upload.size * 2n - received;
  }
  requireFreeSpace({
    freeBytes: BigInt(disk.freeBytes) - promised,
    reserveBytes: disk.reserveBytes,
    neededBytes: Number(size * 2n),
    reason: 'noRoomForUpload',
  });
}

/** An upload of the actor's; null where there is no such upload. */
export async function findUpload(
  server: Server,
  { actor }: Permit<'backup.upload'>,
  id: string,
): Promise<UploadRow | null> {
  return isUuid(id) ? findUploadOf(server.vault, actor.id, id) : null;
}

/** The actor's uploads that have not ended, newest first. */
export function listUploads(
  server: Server,
  { actor }: Permit<'backup.upload'>,
): Promise<UploadRow[]> {
  return openUploads(server.vault, actor.id);
}

/** Bytes that are here; all of them after the last one came. */
export async function receivedOf(server: Server, upload: UploadRow): Promise<bigint> {
  if (upload.status !== 'RECEIVING') return upload.size;
  return BigInt((await server.uploads.received(upload.id)) ?? 0);
}

/** Where the bytes of an upload are sent: a path of this server. */
export function uploadUrl({ id }: Pick<UploadRow, 'id'>): string {
  return `${UPLOADS_PATH}/${id}`;
}

/**
 * Queues the check of an upload whose bytes are all here, once, and answers its job. Null where bytes are
 * missing. Throws UPLOAD_GONE for one that has ended.
 */
export async function finishUpload(server: Server, by: Authority, id: string): Promise<Job | null> {
  return writeVault(server, by, async (tx) => {
    const upload = await lockUpload(tx, id);
    if (!upload) throw uploadGone();
    if (upload.status === 'RECEIVING') {
      const received = await server.uploads.received(id);
      return received !== null && BigInt(received) === upload.size ? askForCheck(tx, upload) : null;
    }
    if (upload.status !== 'CHECKING' || upload.jobId === null) throw uploadGone();
    return findCheck(tx, upload.jobId);
  });
}

/**
 * Queues another check of an upload whose check FAILED because of the server. Throws NOT_FOUND, or CONFLICT
 * for an upload in another state.
 */
export async function retryUploadCheck(
  server: Server,
  permit: Permit<'backup.upload'>,
  id: string,
): Promise<Job> {
  if (!(await findUpload(server, permit, id))) throw notFound('upload');
  return writeVault(server, permit, async (tx) => {
    const upload = await lockUpload(tx, id);
    if (upload?.status !== 'FAILED')
      throw new FiberkeepError('CONFLICT', { reason: 'nothingToCheckAgain' });
    return askForCheck(tx, upload);
  });
}

async function askForCheck(tx: VaultTransaction, upload: UploadRow): Promise<Job> {
  const job = await enqueueJob(tx, checkUploadJob, {
    input: { uploadId: upload.id, fileName: upload.fileName },
    requestedBy: { ...authorIn(upload, 'author'), address: upload.address },
  });
  await markChecking(tx, upload.id, job.id);
  return job;
}

/**
 * Cancels an upload and removes its bytes; a request that still sends them ends. Throws NOT_FOUND,
 * UPLOAD_GONE for one that has ended, CONFLICT while it is checked: its job can be cancelled instead.
 */
export async function cancelUpload(
  server: Server,
  permit: Permit<'backup.upload'>,
  id: string,
): Promise<void> {
  if (!(await findUpload(server, permit, id))) throw notFound('upload');
  await writeVault(server, permit, async (tx) => {
    const upload = await lockUpload(tx, id);
    if (upload?.status === 'CHECKING')
      throw new FiberkeepError('CONFLICT', { reason: 'uploadBeingChecked' });
    if (upload?.status !== 'RECEIVING' && upload?.status !== 'FAILED') throw uploadGone();
    await markCancelled(tx, id);
    await recordAudit(tx, {
      actor: permit.actor,
      action: 'backup.upload.cancel',
      target: { kind: 'upload', id, name: upload.fileName },
      outcome: 'DONE',
    });
    await publish(tx, { kind: 'UPLOAD_WANTED', id });
  });
  await removeBytes(server, id);
}

/** The chores of every minute: checks uploads whose last byte came, expires others, removes ended ones. */
export async function housekeepUploads(server: Server): Promise<void> {
  for (const upload of await openUploads(server.vault))
    if (upload.status === 'RECEIVING' && (await receivedOf(server, upload)) === upload.size)
      await finishUpload(server, systemAuthority, upload.id);
  await expireUploads(server.vault);
  for (const { id } of await endedUploads(server.vault)) await removeBytes(server, id);
}

/** The chore of every hour: removes files that no upload claims. */
export async function sweepUploadFiles(server: Server): Promise<void> {
  await removeUnclaimed(server, async (id) => {
    const upload = isUuid(id) ? await findUploadRow(server.vault, id) : null;
    return upload !== null && upload.removedAt === null;
  });
}
