import { randomBytes } from 'node:crypto';
import { validate as isUuid, v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { readManifest } from '#engine/backup/read.ts';
import type { Manifest, StructureVersion } from '#engine/ports.ts';
import { dropWithin } from '#engine/postgres/side-schema.ts';
import { type FilesBack, putFilesBack } from '#engine/restore/put-files-back.ts';
import { type StagedBackup, stageBackup } from '#engine/restore/stage.ts';
import { commonMigrations } from '#engine/restore/structure.ts';
import { FiberkeepError, notFound } from '#errors';
import { publish } from '#events/channel.ts';
import type { Job, Restore } from '#generated/vault/client.ts';
import { defineJobKind, type EndedJob, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { currentStructure, migrate } from '#prisma/migrate.ts';
import { authorColumns } from '#vault/actor.ts';
import { backupTarget, recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { givenNameColumn, readGivenName } from '#vault/given-name.ts';
import { backupInput, backupInputFields, inputTarget } from '../backups/backup-input.ts';
import { holdBackup } from '../backups/backup-rows.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { claimStageSchema, type StagedStructure, type StagedTables } from './restore-rows.ts';

/** A stage older than this shows too much of yesterday: it is made again. */
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
  onEnd: endRestore,
});

/** A restore whose stage was not made ends with its job; housekeeping drops what there is of the schema. */
async function endRestore(
  tx: VaultTransaction,
  { input, outcome }: EndedJob<StageInput>,
): Promise<void> {
  const { restoreId } = input;
  const status = outcome.status === 'FAILED' ? 'FAILED' : 'DISCARDED';
  await tx.restore.updateMany({
    where: { id: restoreId, status: 'STAGING' },
    data: { status, endedAt: new Date() },
  });
  await publish(tx, { kind: 'RESTORES_CHANGED', id: restoreId });
}

/**
 * Begins to go back to a backup: it is loaded beside the plant by a job, and this answers at once. Throws
 * NOT_FOUND, and STRUCTURE_NEWER or STRUCTURE_DIFFERENT where this version cannot hold the backup.
 */
export async function requestStage(
  server: Server,
  permit: Permit<'backup.restore'>,
  backupId: string,
): Promise<{ restore: Restore; job: Job }> {
  const structure = await currentStructure('plant');
  return server.vault.$transaction(async (tx) => {
    const backup = isUuid(backupId) ? await holdBackup(tx, backupId) : null;
    if (!backup) throw notFound('backup');
    commonMigrations(backup.structure as unknown as StructureVersion, structure);
    const { actor } = permit;
    const id = uuidv7();
    const job = await enqueueJob(tx, stageRestoreJob, {
      input: { restoreId: id, ...backupInput(backup) },
      requestedBy: actor,
    });
    const restore = await tx.restore.create({
      data: {
        id,
        backupId,
        backupName: backup.name,
        backupGivenName: givenNameColumn(readGivenName(backup.givenName)),
        backupCreatedAt: backup.createdAt,
        status: 'STAGING',
        jobId: job.id,
        ...authorColumns('author', actor),
        stageSchema: newStageSchema(),
      },
    });
    await recordAudit(tx, {
      actor,
      action: 'backup.stage.request',
      target: backupTarget(backup),
      outcome: 'DONE',
    });
    await publish(tx, { kind: 'RESTORES_CHANGED', id });
    return { restore, job };
  });
}

function newStageSchema(): string {
  return `plant_stage_${randomBytes(8).toString('hex')}`;
}

/** The job: makes the stage, brings back the files that it names, and says that it is good. */
export async function runStageRestore(server: Server, run: JobRun<StageInput>): Promise<void> {
  const { restoreId, backupId } = run.input;
  const manifest = await manifestOf(server, backupId);
  const structure = await currentStructure('plant');
  const schema = await claimSchema(server, run, restoreId);
  const staged = await stageBackup({
    connect: server.connect,
    schema,
    manifest,
    store: server.store,
    keys: server.keys,
    structure,
    migrate: async (into, through) =>
      void (await migrate(server.databaseUrl, 'plant', into, through)),
    report: run.report,
    signal: run.signal,
  });
  try {
    const files = await bringFilesBack(server, run, manifest, schema);
    await run.commit({ restoreId }, (tx) =>
      markStaged(tx, restoreId, { structure, staged, files }),
    );
  } catch (cause) {
    await dropUnlessStaged(server, restoreId, schema);
    throw cause;
  }
}

/**
 * A connection that is lost in the commit tells nothing: the row does. Where it cannot be asked either,
 * housekeeping drops the schema, if the restore does not claim it.
 */
async function dropUnlessStaged(server: Server, restoreId: string, schema: string): Promise<void> {
  try {
    const { status, stageSchema } = await server.vault.restore.findUniqueOrThrow({
      where: { id: restoreId },
    });
    if (status === 'STAGED' && stageSchema === schema) return;
    await dropWithin(server.connect, schema, DROP_TIMEOUT_MS);
  } catch {}
}

async function manifestOf(server: Server, backupId: string): Promise<Manifest> {
  const backup = await server.vault.backup.findFirst({ where: { id: backupId, status: 'READY' } });
  if (!backup) throw notFound('backup');
  return readManifest(server.store, server.keys, backup.manifestObject);
}

/** A schema for this attempt alone: a worker that was thought dead cannot write into it. */
async function claimSchema(server: Server, run: JobRun, restoreId: string): Promise<string> {
  const schema = newStageSchema();
  if (await claimStageSchema(server.vault, restoreId, run.job, schema)) return schema;
  throw new FiberkeepError('LEASE_LOST');
}

function bringFilesBack(server: Server, run: JobRun, manifest: Manifest, schema: string) {
  return putFilesBack({
    connect: server.connect,
    schema,
    manifest,
    store: server.store,
    keys: server.keys,
    files: server.files,
    report: run.report,
    signal: run.signal,
  });
}

interface Outcome {
  readonly structure: StructureVersion;
  readonly staged: StagedBackup;
  readonly files: FilesBack;
}

async function markStaged(
  tx: VaultTransaction,
  restoreId: string,
  { structure, staged, files }: Outcome,
): Promise<void> {
  const run = new Set(staged.migrationsRun);
  const broughtTo: StagedStructure = structure.map((one) => ({ ...one, run: run.has(one.name) }));
  const tables: StagedTables = staged.tables;
  const now = Date.now();
  const { count } = await tx.restore.updateMany({
    where: { id: restoreId, status: 'STAGING' },
    data: {
      status: 'STAGED',
      structure: broughtTo.map((one) => ({ ...one })),
      tables: tables.map((one) => ({ ...one })),
      missingFiles: files.missing.count,
      stagedAt: new Date(now),
      goodUntil: new Date(now + STAGE_GOOD_MS),
    },
  });
  if (count === 0) throw new FiberkeepError('CANCELLED');
  await publish(tx, { kind: 'RESTORES_CHANGED', id: restoreId });
}
