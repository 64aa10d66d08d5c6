import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { createBackup } from '#engine/backup/create.ts';
import type { CreateRequest } from '#engine/backup/request.ts';
import type { BackupMetadata, StructureVersion } from '#engine/ports.ts';
import { structureOf } from '#engine/postgres/introspect.ts';
import { FiberkeepError } from '#errors';
import type { Backup, Job } from '#generated/vault/client.ts';
import { defineJobKind, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { recordAudit } from '#vault/audit.ts';
import { openChunkIndex } from '#vault/chunk-index.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { holdPlant } from '#vault/plant-state.ts';
import { writeVault } from '../authority.ts';
import { authorIn } from '../authors.ts';
import { enqueueCountChanges } from '../changes/count-changes.ts';
import { enqueuePrepare } from '../downloads/prepare-archive.ts';
import { requireUsualSpace } from '../health/storage.ts';
import { type Permit, systemActor } from '../permit.ts';
import { requireJobQuota } from '../quotas.ts';
import { enqueueRestoreTest } from '../restore-tests/test-backup.ts';
import { noteSafetyBackup } from '../restores/kept-plant-rows.ts';
import { chooseReading, noteReading, type Reading } from '../row-maps/row-maps.ts';
import { nightSucceeded } from '../schedule/night-ended.ts';
import { succeedNight } from '../schedule/night-rows.ts';
import { afterAutomaticSuccess } from '../schedule/run-retention.ts';
import type { Server } from '../server.ts';
import { storeReserve } from '../space.ts';
import { backupInputFields, inputTarget, readBackupText } from './backup-fields.ts';
import { newestManifest } from './backup-queries.ts';
import { catalogueRow, compressionRatio, insertBackup } from './backup-rows.ts';
import { notRestorableIn, tellNotRestorable } from './not-restorable.ts';

const PLANT_POLL_MS = 500;

const jobInput = z.strictObject({
  ...backupInputFields,
  comment: z.string(),
  includeFiles: z.boolean(),
  kind: z.enum(['MANUAL', 'AUTOMATIC', 'INTRADAY', 'SAFETY']),
  /** The schema to read: `plant`, or for a SAFETY backup the kept one, `plant_prev_…`. */
  schema: z.string(),
  /** ISO 8601 UTC; only of an automatic backup. */
  scheduledFor: z.iso.datetime().nullable(),
  /** Reads every table whole, whatever the row map says. */
  readEverything: z.boolean().optional(),
});

export type CreateBackupInput = z.infer<typeof jobInput>;

export const createBackupJob = defineJobKind({
  kind: 'CREATE_BACKUP',
  input: jobInput,
  action: 'backup.create',
  audit: 'backup.create',
  isChore: false,
  target: inputTarget,
  run: runCreateBackup,
});

export interface BackupInput {
  readonly name: string;
  readonly comment: string;
  /** Also the files of posts. */
  readonly includeFiles: boolean;
  /** Reads every table whole, instead of only what changed. */
  readonly readEverything?: boolean;
}

/**
 * Asks for a backup of the plant and answers the job at once. Names need not be unique. Throws
 * VALIDATION_FAILED naming each wrong field, DISK_FULL where a backup of the usual size would not fit, and TOO_MANY.
 */
export async function requestBackup(
  server: Server,
  permit: Permit<'backup.create'>,
  input: BackupInput,
): Promise<Job> {
  const { name, comment } = readBackupText(input);
  await requireUsualSpace(server);
  const backupId = uuidv7();
  return writeVault(server, permit, async (tx) => {
    await requireJobQuota(tx, permit.actor);
    await recordAudit(tx, {
      actor: permit.actor,
      action: 'backup.create.request',
      target: { kind: 'backup', id: backupId, name },
      outcome: 'DONE',
    });
    return enqueueJob(tx, createBackupJob, {
      input: {
        backupId,
        name,
        givenName: null,
        comment,
        includeFiles: input.includeFiles,
        readEverything: input.readEverything,
        kind: 'MANUAL',
        schema: 'plant',
        scheduledFor: null,
      },
      requestedBy: permit.actor,
    });
  });
}

/** The job: makes a backup of the plant, or of a kept one, and enters it into the catalogue. */
export async function runCreateBackup(
  server: Server,
  run: JobRun<CreateBackupInput>,
): Promise<void> {
  const { created, notRestorable, row, reading } = await makeBackup(server, run);
  const missingFiles = String(created.missingFiles.length);
  const tablesReadWhole = String(created.reads.filter(({ whole }) => whole !== null).length);
  await run.commit({ backupId: row.id, missingFiles, tablesReadWhole }, async (tx) => {
    // It may be the last copy: nothing brings it back into the network that is in use now.
    const pinned = run.input.kind === 'SAFETY' && notRestorable.length > 0;
    const backup = await insertBackup(tx, { ...row, pinned, jobId: run.job.id });
    await tellNotRestorable(tx, backup);
    await noteReading(tx, server, backup, reading, created);
    await enqueueCountChanges(tx, backup);
    if (run.input.kind === 'INTRADAY') await succeedNight(tx, run.job.id, backup.id, server.now());
    if (run.input.kind === 'AUTOMATIC') await endNight(server, tx, run.job, backup);
    if (run.input.kind === 'SAFETY') await enterSafetyBackup(tx, run.input.schema, backup);
  });
}

/** What making a backup takes of a job, whatever its kind. */
export type MakingBackup = Pick<JobRun<CreateBackupInput>, 'job' | 'input' | 'report' | 'signal'>;

/** Makes a backup. It exists once its row is in the catalogue, by the job's commit. */
export async function makeBackup(server: Server, making: MakingBackup) {
  await requireUsualSpace(server);
  // A kept plant does not change any more, and undo ends this job before it swaps the plant back.
  if (making.input.schema === 'plant') await waitForPlant(server, making);
  const reading = await chooseReading(server, making.input.schema, making.input);
  const created = await createBackup(await createRequest(server, making, reading));
  const notRestorable = await notRestorableIn(created.manifest);
  const row = catalogueRow(created, await compressionRatio(server.vault), notRestorable);
  return { created, notRestorable, row, reading };
}

async function createRequest(
  server: Server,
  { job, input, report, signal }: MakingBackup,
  { known }: Reading,
): Promise<CreateRequest> {
  const { schema, includeFiles } = input;
  return {
    connect: server.connect,
    schema,
    store: server.store,
    reserveBytes: await storeReserve(server),
    keys: server.keys,
    index: openChunkIndex(server.pool, job.id),
    files: includeFiles ? server.files : null,
    previous: await newestManifest(server, { withFiles: false }),
    known,
    previousWithFiles: includeFiles ? await newestManifest(server, { withFiles: true }) : null,
    metadata: metadataOf(server, job, input),
    structure: await readStructure(server, schema),
    fencingToken: job.fencingToken,
    report,
    signal,
  };
}

/** Ends the night. Programs download these backups, so the archive's head is made at once. */
async function endNight(
  server: Server,
  tx: VaultTransaction,
  job: Job,
  backup: Backup,
): Promise<void> {
  const made = await succeedNight(tx, job.id, backup.id, server.now());
  if (made) await nightSucceeded(tx, made);
  await enqueuePrepare(tx, backup);
  await enqueueRestoreTest(tx, backup, systemActor);
  await afterAutomaticSuccess(tx);
}

/** The plant kept as `schema` is dropped only when this backup is tested, so that is asked for at once. */
async function enterSafetyBackup(
  tx: VaultTransaction,
  schema: string,
  backup: Backup,
): Promise<void> {
  await noteSafetyBackup(tx, schema, backup.id);
  await enqueueRestoreTest(tx, backup, systemActor);
}

/** Waits for its turn: creates, migrations, apply and undo exclude one another. */
async function waitForPlant(server: Server, run: MakingBackup): Promise<void> {
  for (;;) {
    try {
      return await holdPlant(server.vault, run.job.id);
    } catch (thrown) {
      if (!(thrown instanceof FiberkeepError) || thrown.code !== 'PLANT_BUSY') throw thrown;
    }
    run.report('waiting', 0, 0, 'steps');
    await sleep(PLANT_POLL_MS, undefined, { signal: run.signal });
  }
}

function metadataOf(server: Server, job: Job, input: CreateBackupInput): BackupMetadata {
  return {
    backupId: input.backupId,
    serverId: server.keys.serverId,
    name: input.name,
    givenName: input.givenName,
    comment: input.comment,
    author: authorIn(job, 'requestedBy'),
    kind: input.kind,
    createdAt: server.now().toISOString(),
    scheduledFor: input.scheduledFor,
    includesFiles: input.includeFiles,
  };
}

/** The migrations that the schema says it was made by. */
async function readStructure(server: Server, schema: string): Promise<StructureVersion> {
  const client = await server.pool.connect();
  try {
    return await structureOf(client, schema);
  } finally {
    client.release();
  }
}
