import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import type { Job, Prisma } from '../../generated/vault/client.ts';
import { type CreatedBackup, createBackup } from '../engine/create-backup.ts';
import { structureOf } from '../engine/postgres/introspect.ts';
import { readManifest } from '../engine/read-backup.ts';
import type { BackupMetadata, Manifest, StructureVersion } from '../engine/types.ts';
import { RewindError } from '../errors/index.ts';
import { recordAudit } from '../vault/audit.ts';
import { compressionRatio, insertBackup, newestBackups } from '../vault/backups.ts';
import { openChunkIndex } from '../vault/chunk-index.ts';
import { type JobInput, readJobInput } from '../vault/job-inputs.ts';
import { enqueueJob } from '../vault/jobs.ts';
import { holdPlant } from '../vault/plant-state.ts';
import { estimateArchiveSize } from './archive-size.ts';
import { readBackupText } from './backup-fields.ts';
import type { JobRun } from './job-run.ts';
import type { Permit } from './permit.ts';
import type { Server } from './server.ts';

const PLANT_POLL_MS = 500;
/** So many backups back a readable one is looked for, to match the new one against. */
const MOST_TRIED = 5;

export interface BackupInput {
  readonly name: string;
  readonly comment: string;
  /** Also the files of posts. */
  readonly includeFiles: boolean;
}

/**
 * Asks for a backup of the plant and answers the job at once. Names need not be unique. Throws
 * VALIDATION_FAILED naming each wrong field.
 */
export async function requestBackup(
  server: Server,
  permit: Permit<'backup.create'>,
  input: BackupInput,
): Promise<Job> {
  const { name, comment } = readBackupText(input);
  const backupId = uuidv7();
  return server.vault.$transaction(async (tx) => {
    await recordAudit(tx, {
      actor: permit.actor,
      action: 'backup.create.request',
      target: { kind: 'backup', id: backupId, name },
      outcome: 'DONE',
    });
    return enqueueJob(tx, {
      kind: 'CREATE_BACKUP',
      input: {
        backupId,
        name,
        comment,
        includeFiles: input.includeFiles,
        kind: 'MANUAL',
        schema: 'plant',
        scheduledFor: null,
      },
      requestedBy: permit.actor,
    });
  });
}

/** The job: makes a backup of the plant, or of a kept one, and enters it into the catalogue. */
export async function runCreateBackup(server: Server, run: JobRun): Promise<void> {
  const input = readJobInput('CREATE_BACKUP', run.job.input);
  // A kept plant changes no more, and undo ends this job before it swaps it back.
  if (input.schema === 'plant') await waitForPlant(server, run);
  const metadata = metadataOf(server, run.job, input);
  const created = await createBackup({
    connect: server.connect,
    schema: input.schema,
    store: server.store,
    keys: server.keys,
    index: openChunkIndex(server.pool, run.job.id),
    files: input.includeFiles ? server.files : null,
    previous: await newestManifest(server, { withFiles: false }),
    previousWithFiles: input.includeFiles
      ? await newestManifest(server, { withFiles: true })
      : null,
    metadata,
    structure: await readStructure(server, input.schema),
    fencingToken: run.job.fencingToken,
    report: run.report,
    signal: run.signal,
  });
  const row = catalogueRow(metadata, created, await compressionRatio(server.vault));
  const missingFiles = String(created.missingFiles.length);
  await run.commit({ backupId: row.id, missingFiles }, async (tx) => {
    await insertBackup(tx, { ...row, jobId: run.job.id });
    if (input.kind !== 'SAFETY') return;
    const kept = { schema: input.schema };
    await tx.keptPlant.updateMany({ where: kept, data: { safetyBackupId: row.id } });
  });
}

/** Creates, migrations, apply and undo exclude one another: waits its turn until the job is cancelled. */
async function waitForPlant(server: Server, run: JobRun): Promise<void> {
  for (;;) {
    try {
      return await holdPlant(server.vault, run.job.id);
    } catch (thrown) {
      if (!(thrown instanceof RewindError) || thrown.code !== 'PLANT_BUSY') throw thrown;
    }
    run.report('waiting', 0, 0, 'steps');
    await sleep(PLANT_POLL_MS, undefined, { signal: run.signal });
  }
}

function metadataOf(server: Server, job: Job, input: JobInput<'CREATE_BACKUP'>): BackupMetadata {
  return {
    backupId: input.backupId,
    serverId: server.keys.serverId,
    name: input.name,
    comment: input.comment,
    author: { id: job.requestedById, name: job.requestedByName },
    kind: input.kind,
    createdAt: new Date().toISOString(),
    scheduledFor: input.scheduledFor,
    includesFiles: input.includeFiles,
  };
}

/**
 * The newest backup's manifest that can be read; null where there is none. One that is damaged must not
 * keep a new backup from being made: it is passed over, and verifying it says what is wrong with it.
 */
async function newestManifest(
  server: Server,
  { withFiles }: { withFiles: boolean },
): Promise<Manifest | null> {
  const backups = await newestBackups(server.vault, { withFiles, most: MOST_TRIED });
  for (const { manifestObject } of backups) {
    try {
      return await readManifest(server.store, server.keys, manifestObject);
    } catch (thrown) {
      if (!(thrown instanceof RewindError)) throw thrown;
    }
  }
  return null;
}

/** The migrations that made the schema, as it says itself. */
async function readStructure(server: Server, schema: string): Promise<StructureVersion> {
  const client = await server.pool.connect();
  try {
    return await structureOf(client, schema);
  } finally {
    client.release();
  }
}

function catalogueRow(metadata: BackupMetadata, created: CreatedBackup, compression: number) {
  const { manifest } = created;
  return {
    id: metadata.backupId,
    name: metadata.name,
    comment: metadata.comment,
    authorId: metadata.author.id,
    authorName: metadata.author.name,
    kind: metadata.kind,
    createdAt: new Date(metadata.createdAt),
    scheduledFor: metadata.scheduledFor,
    includesFiles: metadata.includesFiles,
    fileCount: created.fileCount,
    fileBytes: created.fileBytes,
    tableBytes: created.tableBytes,
    archiveSize: estimateArchiveSize(created, compression),
    storedSize: created.storedBytes,
    tables: manifest.tables.map(({ name, rows, bytes, sha256 }) => ({ name, rows, bytes, sha256 })),
    structure: manifest.structure.map(({ name, checksum }) => ({ name, checksum })),
    manifestObject: created.manifestObject,
    manifestSha256: created.manifestSha256,
  } satisfies Prisma.BackupCreateInput;
}
