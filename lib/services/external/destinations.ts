import { placeUrl } from '#engine/store/place-access.ts';
import { notFound } from '#errors';
import { sameName } from '#text';
import { type AuditTarget, recordAudit } from '#vault/audit.ts';
import { writeVault } from '../authority.ts';
import type { InPerson, Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import {
  type DestinationRow,
  deleteDestinationRows,
  findDestination,
  listDestinationRows,
  lockDestination,
} from './destination-rows.ts';
import { settingsIn } from './open-destination.ts';
import { accessOf } from './place-settings.ts';

/** A worker sends to so many destinations at a time, so that a slow one does not hold up the others. */
export const AT_ONCE = 4;

/** In the order in which they were added. */
export function listDestinations(
  server: Server,
  _permit: Permit<'backup.view'>,
): Promise<DestinationRow[]> {
  return listDestinationRows(server.vault);
}

/** The destination of this id or name. Throws NOT_FOUND. */
export async function requireDestination(
  server: Server,
  permit: Permit<'backup.view'>,
  idOrName: string,
): Promise<DestinationRow> {
  const all = await listDestinations(server, permit);
  const found =
    all.find(({ id }) => id === idOrName) ?? all.find(({ name }) => sameName(name, idOrName));
  if (found) return found;
  throw notFound('destination');
}

/** Forgets a destination. What lies there stays, and can be recovered from. Throws NOT_FOUND. */
export async function deleteDestination(
  server: Server,
  permit: InPerson<'backup.configure'>,
  id: string,
): Promise<void> {
  await writeVault(server, permit, async (tx) => {
    const row = await lockDestination(tx, id);
    if (!row) throw notFound('destination');
    await recordAudit(tx, {
      actor: permit.actor,
      action: 'destination.delete',
      target: destinationTarget(row),
      outcome: 'DONE',
    });
    await deleteDestinationRows(tx, id);
  });
}

/** Throws NOT_FOUND. */
export async function requireRow(
  { vault }: Pick<Server, 'vault'>,
  id: string,
): Promise<DestinationRow> {
  const row = await findDestination(vault, id);
  if (!row) throw notFound('destination');
  return row;
}

/**
 * The row for a job in the destination's lane. A change of its place that goes on is waited for, and one that begins
 * later is refused while the job runs. Throws NOT_FOUND.
 */
export async function rowForRun({ vault }: Pick<Server, 'vault'>, id: string) {
  const row = await vault.$transaction((tx) => lockDestination(tx, id));
  if (!row) throw notFound('destination');
  return row;
}

/** The place of a destination as people write it. */
export function destinationUrl(row: Pick<DestinationRow, 'access'>): string {
  return placeUrl(accessOf(settingsIn(row), {}));
}

export function destinationTarget({ id, name }: Pick<DestinationRow, 'id' | 'name'>): AuditTarget {
  return { kind: 'destination', id, name };
}
