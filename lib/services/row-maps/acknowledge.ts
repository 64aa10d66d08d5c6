import { publish } from '#events/channel.ts';
import { recordAudit } from '#vault/audit.ts';
import { writeVault } from '../authority.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { trustRowMaps } from './row-map-rows.ts';

/** Somebody looked at rows that changed without a trace: row maps are used again. Does nothing where none are told of. */
export async function acknowledgeRowsDiffer(
  server: Server,
  permit: Permit<'backup.create'>,
): Promise<void> {
  await writeVault(server, permit, async (tx) => {
    if (!(await trustRowMaps(tx))) return;
    await recordAudit(tx, {
      actor: permit.actor,
      action: 'backup.rows-differ.acknowledge',
      outcome: 'DONE',
    });
    await publish(tx, { kind: 'BACKUPS_CHANGED', id: null });
  });
}
