import { FiberkeepError, notFound } from '#errors';
import { recordAudit } from '#vault/audit.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { writeVault } from '../authority.ts';
import { inputTarget } from '../backups/backup-fields.ts';
import { readGivenName } from '../backups/given-name.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { type CopyRow, findCopy, writeCopy } from './copy-rows.ts';
import { type DestinationRow, lockDestination } from './destination-rows.ts';
import { activeSend, backupToSend } from './send-rows.ts';

interface Ids {
  readonly destinationId: string;
  readonly backupId: string;
}

/**
 * Removes a copy from a destination, also one that was pinned, made or sent by hand. It is condemned, goes a day
 * later, and can be kept until then. Throws NOT_FOUND, and CONFLICT for one that is being sent or would be sent again.
 */
export async function removeCopy(
  server: Server,
  permit: Permit<'backup.delete'>,
  ids: Ids,
): Promise<CopyRow> {
  return changeCopy(server, permit, ids, 'backup.remove-copy', async (tx, row, copy) => {
    await refuseWanted(tx, row, copy, server.now());
    const at = server.now();
    return { status: 'CONDEMNED', condemnedAt: copy.condemnedAt ?? at, removedAt: at };
  });
}

/** Takes a removal back, until the copy is gone: from then on it is kept. Throws NOT_FOUND. */
export async function keepCopy(
  server: Server,
  permit: Permit<'backup.delete'>,
  ids: Ids,
): Promise<CopyRow> {
  const kept = { status: 'HERE', condemnedAt: null, removedAt: null, kept: true };
  return changeCopy(server, permit, ids, 'backup.keep-copy', async () => kept);
}

type Change = Parameters<typeof writeCopy>[2];

async function changeCopy(
  server: Server,
  permit: Permit<'backup.delete'>,
  { destinationId, backupId }: Ids,
  action: string,
  changeOf: (tx: VaultTransaction, row: DestinationRow, copy: CopyRow) => Promise<Change>,
): Promise<CopyRow> {
  return writeVault(server, permit, async (tx) => {
    const row = await lockDestination(tx, destinationId);
    if (!row) throw notFound('destination');
    const copy = await findCopy(tx, row.id, backupId);
    if (!copy?.sentAt) throw notFound('backup');
    const change = await changeOf(tx, row, copy);
    const { name, givenName } = copy;
    await recordAudit(tx, {
      actor: permit.actor,
      action,
      target: inputTarget({ backupId, name, givenName: readGivenName(givenName) }),
      outcome: 'DONE',
      detail: { destination: row.name },
    });
    await writeCopy(tx, copy, change);
    return (await findCopy(tx, row.id, backupId)) ?? copy;
  });
}

/** The backup that the destination should have would come again within minutes. */
async function refuseWanted(
  tx: VaultTransaction,
  row: DestinationRow,
  { backupId, name }: CopyRow,
  now: Date,
): Promise<void> {
  const isWanted = row.enabled && (await backupToSend(tx, now))?.id === backupId;
  if (!isWanted && !(await activeSend(tx, row.id, backupId))) return;
  const params = { name, destination: row.name };
  throw new FiberkeepError('CONFLICT', { reason: 'copyIsWanted', params });
}
