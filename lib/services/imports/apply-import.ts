import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { dropWithin } from '#engine/postgres/side-schema.ts';
import { FiberkeepError, notFound } from '#errors';
import type { Job } from '#generated/vault/client.ts';
import { defineJobKind, type EndedJob, type JobRun } from '#jobs/kinds.ts';
import { enqueueJob, requesterOf } from '#jobs/queue.ts';
import { authorColumns } from '#vault/actor.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { plantEpoch } from '#vault/plant-state.ts';
import { writeVault } from '../authority.ts';
import {
  type ChangeSet,
  insertChangeSet,
  markApplied,
  markFailed,
  markUndoing,
  sqlIn,
} from '../bring-back/change-set-rows.ts';
import { lockUndoable, runUndoChangeSet } from '../bring-back/undo-change-set.ts';
import { rowsWritten, throwAsConflict } from '../bring-back/write-change-set.ts';
import type { Permit } from '../permit.ts';
import { requireJobQuota } from '../quotas.ts';
import type { Server } from '../server.ts';
import { restoredMeanwhile } from '../write-plant.ts';
import {
  beginWork,
  countsOf,
  endWork,
  findImportRow,
  type Import,
  lockImport,
  markImported,
} from './import-rows.ts';
import type { ImportRequested } from './request-import.ts';
import { writeRows } from './write-rows.ts';

/** One transaction holds all of it, and people wait for its rows. */
const DROP_TIMEOUT_MS = 2_000;

const applyInput = z.strictObject({
  importId: z.uuid(),
  changeSetId: z.uuid(),
  fileName: z.string(),
});
type ApplyInput = z.infer<typeof applyInput>;

const target = ({ importId, fileName }: ApplyInput) => ({
  kind: 'import',
  id: importId,
  name: fileName,
});

export const applyImportJob = defineJobKind({
  kind: 'APPLY_IMPORT',
  input: applyInput,
  action: 'network.import',
  audit: 'network.import-file',
  isChore: false,
  target,
  run: runApplyImport,
  async onEnd(tx: VaultTransaction, { input }: EndedJob<ApplyInput>) {
    await markFailed(tx, input.changeSetId);
    await endWork(tx, input.importId);
  },
});

/**
 * Asks for the new and updated rows to be written, as one change that can be undone. Unless `goodRowsOnly`, an import
 * with wrong rows is refused. Throws NOT_FOUND, CONFLICT and TOO_MANY.
 */
export async function requestApply(
  server: Server,
  permit: Permit<'network.import'>,
  id: string,
  { goodRowsOnly = false }: { readonly goodRowsOnly?: boolean | null } = {},
): Promise<ImportRequested> {
  return writeVault(server, permit, async (tx) => {
    const found = await lockImport(tx, id);
    if (!found) throw notFound('import');
    assertApplicable(found, goodRowsOnly ?? false);
    await requireJobQuota(tx, permit.actor);
    const changeSetId = uuidv7();
    const { fileName, epoch } = found;
    const input = { importId: id, changeSetId, fileName };
    const job = await enqueueJob(tx, applyImportJob, { input, requestedBy: permit.actor });
    await insertChangeSet(tx, {
      ...{ id: changeSetId, jobId: job.id, fileName, epoch: epoch ?? 0n },
      ...authorColumns('author', permit.actor),
    });
    return { job, import: await beginWork(tx, id, 'APPLYING', job.id) };
  });
}

function assertApplicable(found: Import, goodRowsOnly: boolean): void {
  if (found.status !== 'READY') throw new FiberkeepError('CONFLICT', { reason: 'importNotReady' });
  const of = (...states: string[]) =>
    countsOf(found)
      .filter(({ state }) => states.includes(state))
      .reduce((sum, { count }) => sum + count, 0);
  const rows = of('WRONG');
  if (rows > 0 && !goodRowsOnly)
    throw new FiberkeepError('CONFLICT', { reason: 'importHasWrongRows', params: { rows } });
  if (of('NEW', 'UPDATED') === 0)
    throw new FiberkeepError('CONFLICT', { reason: 'nothingToImport' });
}

/** The job: writes the rows in the transaction that ends it, all of them or none. */
export async function runApplyImport(server: Server, run: JobRun<ApplyInput>): Promise<void> {
  const { importId, changeSetId } = run.input;
  const found = await findImportRow(server.vault, importId);
  const schema = found?.scratchSchema;
  if (found?.status !== 'APPLYING' || !schema) throw new FiberkeepError('CANCELLED');
  run.report('importing', 0, 0, 'rows');
  const by = requesterOf(run.job);
  await run
    .commit({ importId, changeSetId }, async (tx) => {
      await server.room.require('database', 0);
      const counts = await writeRows(sqlIn(tx), { schema, changeSetId, by });
      if (rowsWritten(counts) === 0)
        throw new FiberkeepError('CONFLICT', { reason: 'nothingToImport' });
      await markApplied(tx, changeSetId, counts);
      await markImported(tx, importId, changeSetId);
      // Read last, when the rows are locked: a swap that came before has raised it, and one that comes waits.
      if ((await plantEpoch(tx)) !== found.epoch) throw restoredMeanwhile('writing');
    })
    .catch(throwAsConflict);
  // Housekeeping drops it where that fails: nobody claims it any more.
  await dropWithin(server.connect, schema, DROP_TIMEOUT_MS).catch(() => {});
}

const undoInput = z.strictObject({
  changeSetId: z.uuid(),
  fileName: z.string(),
  keepChanged: z.boolean(),
});

export const undoImportJob = defineJobKind({
  kind: 'UNDO_IMPORT',
  input: undoInput,
  action: 'network.import',
  audit: 'network.undo-import',
  isChore: false,
  target: ({ changeSetId, fileName }) => ({ kind: 'import', id: changeSetId, name: fileName }),
  run: runUndoChangeSet,
});

/** Asks for an import to be undone; otherwise as `requestUndo` of what was brought back. */
export async function requestUndoImport(
  server: Server,
  permit: Permit<'network.import'>,
  id: string,
  { keepChanged = false }: { readonly keepChanged?: boolean | null } = {},
): Promise<{ job: Job; changeSet: ChangeSet }> {
  return writeVault(server, permit, async (tx) => {
    const { fileName } = await lockUndoable(server, tx, id);
    if (fileName === null) throw notFound('changeSet');
    await requireJobQuota(tx, permit.actor);
    const input = { changeSetId: id, fileName, keepChanged: keepChanged ?? false };
    const job = await enqueueJob(tx, undoImportJob, { input, requestedBy: permit.actor });
    return { job, changeSet: await markUndoing(tx, id, job.id) };
  });
}
