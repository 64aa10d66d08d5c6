import { validate as isUuid } from 'uuid';
import { z } from 'zod';
import { type CheckedArchive, checkArchive } from '#engine/archive/read/check-archive.ts';
import { unlockHeader } from '#engine/archive/read/open-header.ts';
import { type ReadRequest, testArchive } from '#engine/archive/read/read-archive.ts';
import { type ErrorCode, errorOf, FiberkeepError, failureOf, storedFailure } from '#errors';
import type { Upload } from '#generated/vault/client.ts';
import { defineJobKind, type EndedJob, type JobRun } from '#jobs/kinds.ts';
import { currentStructure } from '#prisma/migrate.ts';
import { authorColumns } from '#vault/actor.ts';
import { openChunkIndex } from '#vault/chunk-index.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { authorIn } from '../authors.ts';
import { newestManifest } from '../backups/backup-queries.ts';
import {
  catalogueRow,
  compressionRatio,
  findBackupRow,
  findReadyBackup,
  insertBackup,
} from '../backups/backup-rows.ts';
import { notRestorableIn } from '../backups/not-restorable.ts';
import { nextAttempt } from '../downloads/archive-head-rows.ts';
import { isTaken } from '../is-taken.ts';
import type { Server } from '../server.ts';
import { removeBytes } from './upload-files.ts';
import { uploadGone } from './upload-gone.ts';
import { endUploadCheck, findUploadRow } from './upload-rows.ts';

/** Verdicts on the archive itself. Another check would find the same, so its bytes are removed. */
const refusals: readonly ErrorCode[] = [
  'NOT_AN_ARCHIVE',
  'ARCHIVE_TRUNCATED',
  'ARCHIVE_ALTERED',
  'MADE_BY_OTHER_SERVER',
  'KEY_UNKNOWN',
  'STRUCTURE_NEWER',
  'STRUCTURE_DIFFERENT',
  'FORMAT_NEWER',
  'CONTENTS_DIFFER',
  'LARGER_THAN_ANNOUNCED',
  'ALREADY_HERE',
];

const jobInput = z.strictObject({ uploadId: z.uuid(), fileName: z.string() });
type CheckUploadInput = z.infer<typeof jobInput>;

export const checkUploadJob = defineJobKind({
  kind: 'CHECK_UPLOAD',
  input: jobInput,
  action: 'backup.upload',
  audit: 'backup.upload',
  isChore: false,
  target: ({ uploadId, fileName }) => ({ kind: 'upload', id: uploadId, name: fileName }),
  run: runCheckUpload,
  onEnd: endCheck,
});

/** An upload whose check came to no verdict: it can be checked again, or goes because a person said so. */
async function endCheck(
  tx: VaultTransaction,
  { input, outcome }: EndedJob<CheckUploadInput>,
): Promise<void> {
  const error = outcome.status === 'FAILED' ? outcome.failure : null;
  await endUploadCheck(tx, input.uploadId, outcome.status, { error });
}

/**
 * The job: checks an uploaded archive to the last byte and stores its contents. The catalogue then has the backup
 * that it was. Throws why it is refused; then nothing of it is kept.
 */
export async function runCheckUpload(server: Server, run: JobRun<CheckUploadInput>): Promise<void> {
  const { uploadId } = run.input;
  const upload = await findUploadRow(server.vault, uploadId);
  if (!upload) throw uploadGone();
  // A worker died after its verdict: the bytes may be gone, the verdict is valid.
  if (upload.status === 'REFUSED') throw verdictOn(upload);
  if (upload.status !== 'CHECKING') throw uploadGone();
  try {
    await takeIn(server, run, upload);
  } catch (thrown) {
    if (thrown instanceof FiberkeepError && refusals.includes(thrown.code))
      await refuse(server, upload, thrown);
    throw thrown;
  }
  await removeBytes(server, uploadId);
}

async function takeIn(server: Server, run: JobRun, upload: Upload): Promise<void> {
  await using source = await server.uploads.open(upload.id);
  run.report('check', 0, source.bytes, 'bytes');
  const reading = {
    source,
    keys: server.keys,
    announcedBytes: Number(upload.size),
    structure: await currentStructure('plant'),
    report: run.report,
    signal: run.signal,
  };
  await refuseKnown(server, reading);
  const checked = await checkArchive({
    ...reading,
    store: server.store,
    index: openChunkIndex(server.pool, run.job.id),
    previous: await newestManifest(server, { withFiles: false }),
    fencingToken: await nextAttempt(server.vault),
  });
  await enter(server, run, upload, checked);
}

/** The job's commit: the catalogue has the backup from then on. Throws ALREADY_HERE or BACKUP_IN_USE. */
async function enter(
  server: Server,
  run: JobRun,
  upload: Upload,
  checked: CheckedArchive,
): Promise<void> {
  const row = catalogueRow(
    checked,
    await compressionRatio(server.vault),
    await notRestorableIn(checked.manifest),
  );
  const entered = run.commit({ backupId: row.id }, async (tx) => {
    await refuseHere(tx, row.id);
    await insertBackup(tx, {
      ...row,
      ...originOf(upload),
      // Archives may name their author by any text; the column takes UUIDs.
      authorId: row.authorId !== null && isUuid(row.authorId) ? row.authorId : null,
      jobId: run.job.id,
    });
    await endUploadCheck(tx, upload.id, 'DONE', { backupId: row.id });
  });
  await entered.catch(async (thrown) => {
    // Another check of the same archive committed first.
    if (isTaken(thrown)) await refuseHere(server.vault, row.id);
    throw thrown;
  });
}

function originOf(upload: Upload) {
  return {
    kind: 'UPLOADED',
    uploadedFrom: upload.fileName,
    uploadedAt: upload.createdAt,
    ...authorColumns('uploadedBy', authorIn(upload, 'author')),
  };
}

/** Throws ALREADY_HERE only for a whole copy of the backup, which it reads without storing anything. */
async function refuseKnown(server: Server, reading: ReadRequest): Promise<void> {
  const { backupId } = await unlockHeader(reading.source, reading.keys);
  if (await findReadyBackup(server.vault, backupId)) await testArchive(reading);
  await refuseHere(server.vault, backupId);
}

/** Throws ALREADY_HERE where the backup is here, BACKUP_IN_USE where it is being deleted. */
async function refuseHere(db: VaultTransaction, backupId: string): Promise<void> {
  const known = await findBackupRow(db, backupId);
  if (known?.status === 'DELETING')
    throw new FiberkeepError('BACKUP_IN_USE', {
      reason: 'backupBeingDeleted',
      params: { name: known.name },
    });
  if (known) throw new AlreadyHere(known);
}

class AlreadyHere extends FiberkeepError {
  readonly backupId: string;

  constructor({ id, name }: { id: string; name: string }) {
    super('ALREADY_HERE', { reason: 'alreadyHere', params: { name } });
    this.backupId = id;
  }
}

/** Records the verdict before the bytes go, so that another worker that takes the job over finds it. */
async function refuse(server: Server, upload: Upload, error: FiberkeepError): Promise<void> {
  const backupId = error instanceof AlreadyHere ? error.backupId : null;
  const refused = await endUploadCheck(server.vault, upload.id, 'REFUSED', {
    error: failureOf(error),
    backupId,
  });
  if (refused) await removeBytes(server, upload.id);
}

function verdictOn({ error }: Upload): FiberkeepError {
  const failure = storedFailure(error);
  return failure ? errorOf(failure) : uploadGone();
}
