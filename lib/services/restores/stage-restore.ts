import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import type { Manifest, StructureVersion } from '#engine/ports.ts';
import { dropWithin } from '#engine/postgres/side-schema.ts';
import { type FilesBack, putFilesBack } from '#engine/restore/put-files-back.ts';
import { type StagedBackup, stageBackup } from '#engine/restore/stage.ts';
import { commonMigrations } from '#engine/restore/structure.ts';
import { FiberkeepError, notFound } from '#errors';
import type { Job, Restore } from '#generated/vault/client.ts';
import { defineJobKind, type EndedJob, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { currentStructure, migrate } from '#prisma/migrate.ts';
import { authorColumns } from '#vault/actor.ts';
import { backupTarget, recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { givenNameColumn, readGivenName } from '#vault/given-name.ts';
import { writeVault } from '../authority.ts';
import { backupInput, backupInputFields, inputTarget } from '../backups/backup-fields.ts';
import { manifestOf } from '../backups/backup-queries.ts';
import { findReadyBackup, holdBackup } from '../backups/backup-rows.ts';
import { whileRoom } from '../disk-room.ts';
import { nextAttempt } from '../downloads/archive-head-rows.ts';
import type { Permit } from '../permit.ts';
import { requireJobQuota, requireStageQuota } from '../quotas.ts';
import { enterStageMap } from '../row-maps/row-maps.ts';
import type { Server } from '../server.ts';
import { requireStageSpace } from '../space.ts';
import { getRestore } from './restore-queries.ts';
import { claimStageSchema, endRestore, insertRestore, markStaged } from './restore-rows.ts';

/** An older stage cannot be applied: too much has changed since its preview. */
export const STAGE_GOOD_MS = 24 * 60 * 60 * 1000;
const DROP_TIMEOUT_MS = 10_000;

/** `backupId` keeps the backup from being deleted while its stage is made. */
const jobInput = z.strictObject({ restoreId: z.uuid(), ...backupInputFields });
type StageInput = z.infer<typeof jobInput>;

export const stageRestoreJob = defineJobKind({
  kind: 'STAGE_RESTORE',
  input: jobInput,
  action: 'backup.restore',
  audit: 'backup.stage',
  isChore: false,
  target: inputTarget,
  run: runStageRestore,
  onEnd: endStage,
});

/** Ends a restore whose stage was not made. Housekeeping drops the schema. */
async function endStage(
  tx: VaultTransaction,
  { input, outcome }: EndedJob<StageInput>,
): Promise<void> {
  const status = outcome.status === 'FAILED' ? 'FAILED' : 'DISCARDED';
  await endRestore(tx, input.restoreId, status, ['STAGING']);
}

/**
 * Begins a restore: asks for a job that loads the backup beside the plant, and answers at once. Throws
 * NOT_FOUND, TOO_MANY, DISK_FULL, and STRUCTURE_NEWER or STRUCTURE_DIFFERENT where this version cannot hold the backup.
 */
export async function requestStage(
  server: Server,
  permit: Permit<'backup.restore'>,
  backupId: string,
): Promise<{ restore: Restore; job: Job }> {
  const structure = await currentStructure('plant');
  return writeVault(server, permit, async (tx) => {
    const backup = await holdBackup(tx, backupId);
    if (!backup) throw notFound('backup');
    await requireStageQuota(tx, permit.actor);
    await requireJobQuota(tx, permit.actor);
    await requireStageSpace(server, backup);
    commonMigrations(backup.structure as unknown as StructureVersion, structure);
    const { actor } = permit;
    const id = uuidv7();
    const job = await enqueueJob(tx, stageRestoreJob, {
      input: { restoreId: id, ...backupInput(backup) },
      requestedBy: actor,
    });
    const restore = await insertRestore(tx, {
      id,
      backupId,
      backupName: backup.name,
      backupGivenName: givenNameColumn(readGivenName(backup.givenName)),
      backupCreatedAt: backup.createdAt,
      status: 'STAGING',
      jobId: job.id,
      ...authorColumns('author', actor),
      stageSchema: newStageSchema(),
    });
    await recordAudit(tx, {
      actor,
      action: 'backup.stage.request',
      target: backupTarget(backup),
      outcome: 'DONE',
    });
    return { restore, job };
  });
}

function newStageSchema(): string {
  return `plant_stage_${randomBytes(8).toString('hex')}`;
}

/** The job: makes the stage, puts back the files that it lists, and marks it as ready. */
export async function runStageRestore(server: Server, run: JobRun<StageInput>): Promise<void> {
  const { restoreId, backupId } = run.input;
  const manifest = await manifestOf(server, backupId);
  const structure = await currentStructure('plant');
  const backup = await findReadyBackup(server.vault, backupId);
  if (backup) await requireStageSpace(server, backup);
  const schema = await claimSchema(server, run, restoreId);
  const mapAttempt = await nextAttempt(server.vault);
  const staged = await whileRoom(server.room, run.signal, (signal) =>
    stage(server, { ...run, signal }, { manifest, structure, schema, mapAttempt }),
  );
  try {
    const files = await putFiles(server, run, { manifest, schema });
    await run.commit({ restoreId }, async (tx) => {
      await enterStage(tx, restoreId, structure, staged, files);
      const object = staged.rowMapObject;
      if (object) await enterStageMap(tx, server, { schema, backupId, object });
    });
  } catch (cause) {
    await dropUnlessStaged(server, restoreId, schema);
    throw cause;
  }
}

/** A new schema for each attempt, so that a worker that was thought dead cannot write into it. */
async function claimSchema(server: Server, run: JobRun, restoreId: string): Promise<string> {
  const schema = newStageSchema();
  if (await claimStageSchema(server.vault, restoreId, run.job, schema)) return schema;
  throw new FiberkeepError('LEASE_LOST');
}

interface StageSource {
  readonly manifest: Manifest;
  readonly structure: StructureVersion;
  readonly schema: string;
  readonly mapAttempt: bigint;
}

function stage(server: Server, run: JobRun, source: StageSource): Promise<StagedBackup> {
  return stageBackup({
    ...source,
    connect: server.connect,
    store: server.store,
    keys: server.keys,
    migrate: async (into, through) =>
      void (await migrate(server.databaseUrl, 'plant', into, through)),
    report: run.report,
    signal: run.signal,
  });
}

function putFiles(
  server: Server,
  run: JobRun,
  source: Pick<StageSource, 'manifest' | 'schema'>,
): Promise<FilesBack> {
  return putFilesBack({
    ...source,
    connect: server.connect,
    store: server.store,
    keys: server.keys,
    files: server.files,
    report: run.report,
    signal: run.signal,
  });
}

async function enterStage(
  tx: VaultTransaction,
  restoreId: string,
  structure: StructureVersion,
  staged: StagedBackup,
  files: FilesBack,
): Promise<void> {
  const run = new Set(staged.migrationsRun);
  const entered = await markStaged(tx, restoreId, {
    structure: structure.map((one) => ({ ...one, run: run.has(one.name) })),
    tables: staged.tables,
    missingFiles: files.missing.count,
    goodUntil: new Date(Date.now() + STAGE_GOOD_MS),
  });
  if (!entered) throw new FiberkeepError('CANCELLED');
}

/**
 * Drops the stage unless the restore's row says that it is staged: the connection may have been lost during
 * the commit. Where the row cannot be read either, housekeeping drops the schema once nobody claims it.
 */
async function dropUnlessStaged(server: Server, restoreId: string, schema: string): Promise<void> {
  try {
    const { status, stageSchema } = await getRestore(server, restoreId);
    if (status === 'STAGED' && stageSchema === schema) return;
    await dropWithin(server.connect, schema, DROP_TIMEOUT_MS);
  } catch {}
}
