import { z } from 'zod';
import { FiberkeepError, notFound } from '#errors';
import type { Job } from '#generated/vault/client.ts';
import { defineJobKind, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { recordAudit } from '#vault/audit.ts';
import { openChunkIndex } from '#vault/chunk-index.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { writeVault } from '../authority.ts';
import { backupInputFields, inputTarget } from '../backups/backup-fields.ts';
import {
  catalogueRow,
  compressionRatio,
  findBackupRow,
  insertBackup,
} from '../backups/backup-rows.ts';
import { readGivenName } from '../backups/given-name.ts';
import { notRestorableIn } from '../backups/not-restorable.ts';
import { isTaken } from '../is-taken.ts';
import type { Permit } from '../permit.ts';
import { requireJobQuota } from '../quotas.ts';
import type { Server } from '../server.ts';
import { activeFetch, findCopy } from './copy-rows.ts';
import { requireRow } from './destinations.ts';
import { fetchThawed } from './fetch-thawed.ts';
import { openDestination } from './open-destination.ts';

const jobInput = z.strictObject({ ...backupInputFields, destinationId: z.uuid() });
type FetchInput = z.infer<typeof jobInput>;

export const fetchBackupJob = defineJobKind({
  kind: 'FETCH_BACKUP',
  input: jobInput,
  action: 'backup.upload',
  audit: 'backup.fetch',
  isChore: false,
  target: inputTarget,
  run: runFetchBackup,
});

/**
 * Asks for a backup to be brought back from a destination, or answers the job that does so. Throws NOT_FOUND,
 * ALREADY_HERE and TOO_MANY.
 */
export async function requestFetch(
  server: Server,
  permit: Permit<'backup.upload'>,
  { backupId, destinationId }: { readonly backupId: string; readonly destinationId: string },
): Promise<Job> {
  const { actor } = permit;
  const { name: destination } = await requireRow(server, destinationId);
  return writeVault(server, permit, async (tx) => {
    const copy = await findCopy(tx, destinationId, backupId);
    if (!copy || copy.status === 'SENDING') throw notFound('backup');
    await refuseHere(tx, backupId);
    const active = await activeFetch(tx, backupId);
    if (active) return active;
    await requireJobQuota(tx, actor);
    const givenName = readGivenName(copy.givenName);
    const input = { backupId, name: copy.name, givenName, destinationId };
    await recordAudit(tx, {
      actor,
      action: 'backup.fetch.request',
      target: inputTarget(input),
      outcome: 'DONE',
      detail: { destination },
    });
    return enqueueJob(tx, fetchBackupJob, { input, requestedBy: actor });
  });
}

/**
 * The job: brings back what is lacking here, once the place has thawed what is frozen, and enters the backup. It is
 * pinned: somebody wanted it.
 */
export async function runFetchBackup(server: Server, run: JobRun<FetchInput>): Promise<void> {
  const { backupId, destinationId, name, givenName } = run.input;
  const row = await requireRow(server, destinationId);
  const copy = await findCopy(server.vault, destinationId, backupId);
  if (!copy) throw notFound('backup');
  await refuseHere(server.vault, backupId);
  await using place = await openDestination(server, row, run.signal);
  const fetched = await fetchThawed(server, row, {
    place,
    manifestObject: copy.manifestObject,
    store: server.store,
    keys: server.keys,
    index: openChunkIndex(server.pool, run.job.id),
    report: run.report,
    signal: run.signal,
  });
  const compression = await compressionRatio(server.vault);
  const made = catalogueRow(fetched, compression, await notRestorableIn(fetched.manifest));
  const texts = { name, ...(givenName && { givenName }) };
  const entered = run.commit({ backupId, bytes: String(fetched.storedBytes) }, async (tx) => {
    await refuseHere(tx, backupId);
    await insertBackup(tx, { ...made, ...texts, pinned: true, jobId: run.job.id });
  });
  await entered.catch(async (thrown) => {
    if (isTaken(thrown)) await refuseHere(server.vault, backupId);
    throw thrown;
  });
}

async function refuseHere(db: VaultTransaction, backupId: string): Promise<void> {
  const known = await findBackupRow(db, backupId);
  if (!known) return;
  throw new FiberkeepError('ALREADY_HERE', {
    reason: 'alreadyHere',
    params: { name: known.name },
  });
}
