import { FiberkeepError } from '#errors';
import { recordAudit } from '#vault/audit.ts';
import { writeVault } from '../authority.ts';
import { findDestination } from '../external/destination-rows.ts';
import { updateDestination } from '../external/set-up-destination.ts';
import type { InPerson, Permit } from '../permit.ts';
import { updateSchedule } from '../schedule/schedule.ts';
import type { Server } from '../server.ts';
import {
  findRecovery,
  lockRecovery,
  markOldServerGone,
  type RecoveryRow,
} from './recovery-rows.ts';

/** What is off since a recovery, because the server before may still run. */
export interface RecoveryPause {
  readonly recovery: RecoveryRow;
  /** The destination that it came from, if that is still there. */
  readonly destination: { readonly id: string; readonly name: string } | null;
}

/** Null where this server was not recovered, or somebody has said that the one before is gone. */
export function findPause(
  server: Server,
  _permit: Permit<'backup.view'>,
): Promise<RecoveryPause | null> {
  return pauseOf(server);
}

async function pauseOf(server: Server): Promise<RecoveryPause | null> {
  const recovery = await findRecovery(server.vault);
  if (!recovery?.endedAt || recovery.oldServerGoneAt) return null;
  const { destinationId } = recovery;
  const row = destinationId === null ? null : await findDestination(server.vault, destinationId);
  return { recovery, destination: row && { id: row.id, name: row.name } };
}

/**
 * Ends what a recovery paused: somebody knows that the server before does not run any more. `takeOver`: first takes the
 * destination that it came from and turns it on, so that the other one is refused there should it come back. Then
 * nightly backups go on. Throws what `updateDestination` throws, and changes nothing then; CONFLICT where nothing is paused.
 */
export async function goOnAfterRecovery(
  server: Server,
  permit: InPerson<'backup.configure'>,
  { takeOver }: { readonly takeOver: boolean },
): Promise<void> {
  const pause = await pauseOf(server);
  if (!pause) throw new FiberkeepError('CONFLICT', { reason: 'nothingPaused' });
  const { recovery, destination } = pause;
  if (takeOver && destination)
    await updateDestination(server, permit, destination.id, { enabled: true }, { takeOver: true });
  await updateSchedule(server, permit, { enabled: true });
  await writeVault(server, permit, async (tx) => {
    const now = await lockRecovery(tx);
    if (!now || now.oldServerGoneAt) return;
    await markOldServerGone(tx, server.now());
    await recordAudit(tx, {
      actor: permit.actor,
      action: 'recovery.go-on',
      target: { kind: 'backup', id: recovery.backupId, name: recovery.backupName },
      outcome: 'DONE',
      detail: { takeOver: takeOver && destination !== null },
    });
  });
}
