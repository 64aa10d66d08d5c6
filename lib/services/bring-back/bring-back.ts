import { Readable } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import type { BroughtBack } from '#engine/bring-back/bring-back.ts';
import type { Sql } from '#engine/bring-back/sql.ts';
import { putNamedBack } from '#engine/restore/put-files-back.ts';
import { FiberkeepError } from '#errors';
import type { Job } from '#generated/vault/client.ts';
import { defineJobKind, type EndedJob, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob, requesterOf } from '#jobs/queue.ts';
import { authorColumns } from '#vault/actor.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { readGivenName } from '#vault/given-name.ts';
import { plantEpoch } from '#vault/plant-state.ts';
import { writeVault } from '../authority.ts';
import { backupInputFields, inputTarget, type NamedBackup } from '../backups/backup-fields.ts';
import { manifestOf } from '../backups/backup-queries.ts';
import type { Compare } from '../compare/compare-rows.ts';
import type { Permit } from '../permit.ts';
import { requireJobQuota } from '../quotas.ts';
import type { Server } from '../server.ts';
import { type BringBackInput, readWanted, wanted } from './bring-back-input.ts';
import {
  type ChangeSet,
  findChangeSetRow,
  insertChangeSet,
  markApplied,
  markFailed,
} from './change-set-rows.ts';
import { namedFiles } from './item-rows.ts';
import { bringBackChanges } from './perform.ts';
import { readyCompare } from './preview-bring-back.ts';
import { inVain, MOST_ROWS, rowsWritten, writeChangeSet } from './write-change-set.ts';

const jobInput = z.strictObject({
  changeSetId: z.uuid(),
  compareId: z.uuid(),
  ...backupInputFields,
  wanted,
  /** Of the preview that the person saw; null: whatever it is. */
  digest: z.string().nullable(),
});
type JobInput = z.infer<typeof jobInput>;

export const bringBackJob = defineJobKind({
  kind: 'BRING_BACK',
  input: jobInput,
  action: 'backup.restore',
  audit: 'backup.bring-back',
  isChore: false,
  target: inputTarget,
  run: runBringBack,
  onEnd: (tx: VaultTransaction, { input }: EndedJob<JobInput>) => markFailed(tx, input.changeSetId),
});

export interface BringBackRequested {
  readonly job: Job;
  readonly changeSet: ChangeSet;
}

/**
 * Asks for the chosen rows of a compare's earlier side to be written into the plant, and answers the job at once.
 * `digest`: of the preview that was shown; the job fails where something else would be done by then. Throws NOT_FOUND,
 * VALIDATION_FAILED and TOO_MANY.
 */
export async function requestBringBack(
  server: Server,
  permit: Permit<'backup.restore'>,
  compareId: string,
  input: BringBackInput & { readonly digest?: string | null },
): Promise<BringBackRequested> {
  const read = readWanted(input);
  const compare = await readyCompare(server, compareId);
  return writeVault(server, permit, async (tx) => {
    await requireJobQuota(tx, permit.actor);
    const changeSetId = uuidv7();
    const job = await enqueueJob(tx, bringBackJob, {
      input: {
        changeSetId,
        compareId,
        ...comparedBackup(compare),
        wanted: read,
        digest: input.digest ?? null,
      },
      requestedBy: permit.actor,
    });
    const changeSet = await insertChangeSet(tx, {
      id: changeSetId,
      jobId: job.id,
      ...sourceOf(compare),
      epoch: await plantEpoch(tx),
      ...authorColumns('author', permit.actor),
    });
    return { job, changeSet };
  });
}

/** The backup that the rows come from. */
function comparedBackup({ fromBackupId, fromName, fromGivenName }: Compare): NamedBackup {
  return { backupId: fromBackupId, name: fromName, givenName: readGivenName(fromGivenName) };
}

function sourceOf(compare: Compare) {
  const { fromBackupId, fromName, fromGivenName, fromCreatedAt } = compare;
  return {
    backupId: fromBackupId,
    backupName: fromName,
    backupGivenName: fromGivenName ?? undefined,
    backupCreatedAt: fromCreatedAt,
  };
}

/** The job: looks what would be done, puts the files back, and does it where it is still the same. */
export async function runBringBack(server: Server, run: JobRun<JobInput>): Promise<void> {
  const { changeSetId, compareId, wanted: chosen, digest } = run.input;
  const changeSet = await findChangeSetRow(server.vault, changeSetId);
  if (changeSet?.status !== 'PREPARING') throw new FiberkeepError('CANCELLED');
  const compare = await readyCompare(server, compareId);
  const by = requesterOf(run.job);
  const bring = (sql: Sql) => bringBackChanges(sql, compare, chosen, by);
  const look = await inVain(server, async (sql) => {
    const done = await bring(sql);
    return { ...done, files: await namedFiles(sql) };
  });
  assertAsSeen(look, digest);
  await putFilesBack(server, run, compare, look.files);
  const writing = { changeSet, bring, digest: look.digest, by, keep: true };
  await writeChangeSet(server, run, writing, (tx, done) =>
    markApplied(tx, changeSetId, done.counts),
  );
}

/** Throws CONFLICT where something else would be done than the person saw, and NOTHING_TO_DO. */
function assertAsSeen({ counts, digest }: BroughtBack, seen: string | null): void {
  if (seen !== null && digest !== seen)
    throw new FiberkeepError('CONFLICT', { reason: 'changedSincePreview' });
  const rows = rowsWritten(counts);
  if (rows === 0) throw new FiberkeepError('CONFLICT', { reason: 'nothingToBringBack' });
  if (rows > MOST_ROWS)
    throw new FiberkeepError('TOO_MANY', { reason: 'tooManyRows', params: { max: MOST_ROWS } });
}

async function putFilesBack(
  server: Server,
  { report, signal }: JobRun<JobInput>,
  { fromBackupId }: Compare,
  sha256s: readonly string[],
): Promise<void> {
  if (sha256s.length === 0) return;
  const manifest = await manifestOf(server, fromBackupId);
  const { store, keys, files } = server;
  await putNamedBack({ manifest, store, keys, files, report, signal }, Readable.from(sha256s));
}
