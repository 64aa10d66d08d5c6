import { Turns } from '#engine/store/retry.ts';
import { isSweepDue } from '#vault/chunk-sweep.ts';
import { removeEnded } from './accounts/sessions.ts';
import { finishDeletions } from './backups/delete-backup.ts';
import { requestDueScrub } from './backups/scrub-chunks.ts';
import { requestSweep } from './backups/sweep-chunks.ts';
import { dropAbandonedCounts } from './changes/count-changes.ts';
import { housekeepCompares } from './compare/housekeep-compares.ts';
import { housekeepHeads, sweepHeads } from './downloads/kept-heads.ts';
import { sweepExports } from './exports/export-scratch.ts';
import { requestDueSends } from './external/due-sends.ts';
import { forgetRemovedDestinations } from './external/inventory-rows.ts';
import { housekeepStorage } from './health/storage.ts';
import { housekeepImports } from './imports/housekeep-imports.ts';
import { sweepFiles } from './network/sweep-files.ts';
import { removeOldNotifications } from './notifications/outbox-rows.ts';
import { requestDueRecovery } from './recovery/recover-server.ts';
import { requestDueRestoreTests } from './restore-tests/due-restore-tests.ts';
import { housekeepKeptPlants } from './restores/kept-plants.ts';
import { sweepRowMaps } from './row-maps/row-maps.ts';
import { notifyOverdueNight } from './schedule/overdue.ts';
import type { Server } from './server.ts';
import { housekeepUploads, sweepUploadFiles } from './uploads/uploads.ts';

const CHORES_AT_ONCE = 2;
const DAY_MS = 24 * 60 * 60 * 1000;
const NOTIFICATIONS_KEPT_MS = 90 * DAY_MS;
const SWEEPS_KEPT_MS = 7 * DAY_MS;

/**
 * The chores of every minute. Any number of workers may do them at the same time. Each is done even when
 * another fails; the first failure is thrown at the end.
 */
export async function housekeep(server: Server): Promise<void> {
  await allOf([
    () => removeEnded(server),
    () => forgetOldSweeps(server),
    () => finishDeletions(server),
    () => requestDueRecovery(server),
    () => housekeepKeptPlants(server),
    () => housekeepCompares(server),
    () => housekeepImports(server),
    () => dropAbandonedCounts(server),
    () => requestDueRestoreTests(server),
    () => requestDueScrub(server),
    () => notifyOverdueNight(server),
    () => requestDueSends(server),
    () => housekeepStorage(server),
    () => housekeepUploads(server),
    () => housekeepHeads(server),
    () => sweepWhatIsLeft(server),
  ]);
}

/** The chores of every hour, which read more than what changed. */
export async function housekeepHourly(server: Server): Promise<void> {
  await allOf([
    () => sweepFiles(server),
    () => sweepUploadFiles(server),
    () => sweepHeads(server),
    () => sweepExports(server),
    () => sweepRowMaps(server),
    () => forgetRemovedDestinations(server.pool),
    () => removeOldNotifications(server.vault, new Date(Date.now() - NOTIFICATIONS_KEPT_MS)),
  ]);
}

/** A few at once: each takes a connection, which costs the database more than a chore with nothing to do. */
async function allOf(chores: readonly (() => Promise<unknown>)[]): Promise<void> {
  const turns = new Turns(CHORES_AT_ONCE);
  for (const chore of await Promise.allSettled(chores.map((work) => turns.take(work))))
    if (chore.status === 'rejected') throw chore.reason;
}

/** There may be a sweep every minute, and nobody reads about old ones. */
async function forgetOldSweeps(server: Server): Promise<void> {
  await server.vault.job.deleteMany({
    where: { kind: 'SWEEP', endedAt: { lt: new Date(Date.now() - SWEEPS_KEPT_MS) } },
  });
}

/** A deletion asks for its own sweep; this one follows a create or a sweep that was not finished. */
async function sweepWhatIsLeft(server: Server): Promise<void> {
  await server.vault.$transaction(async (tx) => {
    if (await isSweepDue(tx)) await requestSweep(server, tx);
  });
}
