import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { readManifest } from '#engine/backup/read.ts';
import type { Manifest, StructureVersion } from '#engine/ports.ts';
import { findDamage } from '#engine/restore/find-damage.ts';
import { commonMigrations } from '#engine/restore/structure.ts';
import { type TestedRestore, testRestore } from '#engine/restore/test-restore.ts';
import { asFiberkeepError, FiberkeepError, failureOf, notFound } from '#errors';
import type { Backup, Job } from '#generated/vault/client.ts';
import { defineJobKind, type EndedJob, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { currentStructure, migrate } from '#prisma/migrate.ts';
import type { Actor } from '#vault/actor.ts';
import { backupTarget, recordAudit } from '#vault/audit.ts';
import { openChunkIndex } from '#vault/chunk-index.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { type Authority, writeVault } from '../authority.ts';
import {
  backupInput,
  backupInputFields,
  inputTarget,
  type NamedBackup,
} from '../backups/backup-fields.ts';
import { holdBackup, lockBackup } from '../backups/backup-rows.ts';
import { whileRoom } from '../disk-room.ts';
import type { Permit } from '../permit.ts';
import { requireJobQuota } from '../quotas.ts';
import type { Server } from '../server.ts';
import { requireRestoreTestSpace } from '../space.ts';
import {
  activeRestoreTest,
  backupById,
  isUrgentJob,
  markRestoreTestFailed,
  markTested,
  readyBackup,
  testSchema,
} from './restore-test-rows.ts';
import { isVerdict, refusal, restoreTestEnded } from './verdict.ts';

const POLL_MS = 500;

export const testBackupJob = defineJobKind({
  kind: 'TEST_BACKUP',
  input: z.strictObject(backupInputFields),
  action: 'backup.create',
  audit: 'backup.test',
  isChore: false,
  target: inputTarget,
  run: runTestBackup,
  onEnd: endTest,
});

/** TEST_FAILED is a verdict on the backup; any other failure means that the test did not finish. */
async function endTest(
  tx: VaultTransaction,
  { job, input, outcome }: EndedJob<NamedBackup>,
): Promise<void> {
  if (outcome.status === 'CANCELLED') return;
  const { failure } = outcome;
  const isFailed = failure.code === 'TEST_FAILED';
  if (isFailed) await markRestoreTestFailed(tx, input.backupId, failure);
  const backup = await backupById(tx, input.backupId);
  if (!backup) return;
  await restoreTestEnded(tx, {
    backup,
    jobId: job.id,
    outcome: isFailed ? 'FAILED' : 'UNDECIDED',
    error: failure,
  });
}

/**
 * Requests a restore test of the backup, or returns the active one. Throws NOT_FOUND, and STRUCTURE_NEWER or
 * STRUCTURE_DIFFERENT if this version cannot hold the backup.
 */
export async function requestTest(
  server: Server,
  permit: Permit<'backup.create'>,
  backupId: string,
): Promise<Job> {
  return requestRestoreTest(server, permit, backupId);
}

/** As `requestTest`, for the server itself too. */
export async function requestRestoreTest(
  server: Server,
  by: Authority,
  backupId: string,
): Promise<Job> {
  const structure = await currentStructure('plant');
  const { actor } = by;
  return writeVault(server, by, async (tx) => {
    // The lock keeps two requests from both queuing a job.
    const backup = await lockBackup(tx, backupId);
    if (backup?.status !== 'READY') throw notFound('backup');
    const active = await activeRestoreTest(tx, backupId);
    if (active) return active;
    await requireJobQuota(tx, actor);
    commonMigrations(backup.structure as unknown as StructureVersion, structure);
    await recordAudit(tx, {
      actor,
      action: 'backup.test.request',
      target: backupTarget(backup),
      outcome: 'DONE',
    });
    return enqueueRestoreTest(tx, backup, actor);
  });
}

/** Queues the restore test of a backup, in the transaction that enters it into the catalogue. */
export function enqueueRestoreTest(
  tx: VaultTransaction,
  backup: Pick<Backup, 'id' | 'name' | 'givenName'>,
  requestedBy: Actor,
): Promise<Job> {
  return enqueueJob(tx, testBackupJob, { input: backupInput(backup), requestedBy });
}

/**
 * The job: stages the backup in its own schema, reads its files, drops the schema and records how long that took.
 * Fails with TEST_FAILED if the backup cannot be restored, and with another code if the test did not finish.
 * Damaged chunks are not reused, so the next backup stores those files again.
 */
export async function runTestBackup(server: Server, run: JobRun<NamedBackup>): Promise<void> {
  const { backupId } = run.input;
  const backup = await readyBackup(server.vault, backupId);
  if (!backup) throw notFound('backup');
  await letOthersGoFirst(server, run);
  const tested = await restoreTest(server, run, backup);
  const { tables, rows, files, seconds } = tested;
  const result = { tables: String(tables), rows: String(rows), files: String(files) };
  await run.commit({ backupId, ...result, restoreSeconds: seconds.toFixed(3) }, async (tx) => {
    if (!(await holdBackup(tx, backupId))) throw notFound('backup');
    await markTested(tx, backupId, seconds);
    await restoreTestEnded(tx, { backup, jobId: run.job.id, outcome: 'TESTED', error: null });
  });
}

/** A restore test can wait; people who make a backup or restore one cannot. */
async function letOthersGoFirst(server: Server, run: JobRun): Promise<void> {
  while (await isUrgentJob(server.vault)) {
    run.report('waiting', 0, 0, 'steps');
    await sleep(POLL_MS, undefined, { signal: run.signal });
  }
}

async function restoreTest(server: Server, run: JobRun, backup: Backup): Promise<TestedRestore> {
  let manifest: Manifest | null = null;
  try {
    await requireRestoreTestSpace(server, backup);
    manifest = await readManifest(server.store, server.keys, backup.manifestObject);
    return await stageAndCheck(server, run, manifest);
  } catch (thrown) {
    run.signal.throwIfAborted();
    if (!isVerdict(thrown)) throw unfinished(backup, thrown);
    throw await verdict(server, run, backup, manifest, thrown);
  }
}

async function stageAndCheck(server: Server, run: JobRun, manifest: Manifest) {
  const structure = await currentStructure('plant');
  return whileRoom(server.room, run.signal, (signal) =>
    testRestore({
      connect: server.connect,
      schema: testSchema(run.job),
      manifest,
      store: server.store,
      keys: server.keys,
      structure,
      migrate: async (into, through) =>
        void (await migrate(server.databaseUrl, 'plant', into, through)),
      report: run.report,
      signal,
    }),
  );
}

/** A restore test stops at the first fault, so this reads everything again to find them all. */
async function verdict(
  server: Server,
  run: JobRun,
  backup: Backup,
  manifest: Manifest | null,
  thrown: unknown,
): Promise<FiberkeepError> {
  if (!manifest) return damaged(backup, [refusal(thrown)]);
  const { store, keys } = server;
  const { report, signal } = run;
  const { problems } = await findDamage({ store, keys, manifest, report, signal });
  const index = openChunkIndex(server.pool, run.job.id);
  await index.distrust(problems.flatMap((problem) => problem.chunks));
  const [first, ...others] = problems.map(({ error }) => error);
  return damaged(backup, first ? [first, ...others] : [refusal(thrown)]);
}

type Damage = readonly [FiberkeepError, ...FiberkeepError[]];

function damaged(backup: Backup, errors: Damage): FiberkeepError {
  const [first] = errors;
  return new FiberkeepError('TEST_FAILED', {
    reason: 'backupDamaged',
    params: { name: backup.name, first: failureOf(first), others: errors.length - 1 },
    cause: first,
  });
}

/** Other causes pass through unchanged, because the job is retried for them. */
function unfinished(backup: Backup, thrown: unknown): unknown {
  const error = asFiberkeepError(thrown);
  if (error.code !== 'DISK_FULL') return thrown;
  return new FiberkeepError('DISK_FULL', {
    reason: 'restoreTestUnfinished',
    params: { name: backup.name, cause: failureOf(error) },
    cause: thrown,
  });
}
