import { FiberkeepError } from '#errors';
import { publish } from '#events/channel.ts';
import type { PlantTransaction } from '#plant/client.ts';
import { type AuditEntry, recordAudit } from '#vault/audit.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { writePlant } from '../write-plant.ts';

export type EditPermit = Permit<'network.edit'>;
export type ViewPermit = Permit<'network.view'>;

/** Who made a row, and who changed it last. */
export const madeBy = ({ actor }: EditPermit) => ({
  createdById: actor.id,
  updatedById: actor.id,
});
export const changedBy = ({ actor }: EditPermit) => ({ updatedById: actor.id });

/** What was done to what, for the audit. */
export interface Edit {
  /** `create-pole`, `delete-tag` … */
  readonly deed: string;
  readonly target: { readonly kind: string; readonly id: string; readonly name: string };
  readonly detail?: AuditEntry['detail'];
}

/**
 * Runs `work` in one transaction on the plant, records in the audit log what it did, and tells the pages: all or
 * nothing.
 * `epoch`: see `writePlant`. Throws CONFLICT where rows changed meanwhile, and DISK_FULL; deletions need no room.
 */
export async function editNetwork<T>(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  work: (tx: PlantTransaction) => Promise<{ result: T; edit: Edit }>,
): Promise<T> {
  try {
    return await writePlant(server, permit, epoch, async (tx) => {
      const { result, edit } = await work(tx);
      if (!edit.deed.startsWith('delete-')) await server.room.require('database', 0);
      await recordAudit(tx, {
        actor: permit.actor,
        action: `network.${edit.deed}`,
        target: edit.target,
        outcome: 'DONE',
        detail: edit.detail,
      });
      await publish(tx, { kind: 'NETWORK_CHANGED', id: edit.target.id });
      return result;
    });
  } catch (thrown) {
    throw asConflict(thrown);
  }
}

/** Prisma's codes: P2003 a foreign key, P2025 no such row, P2034 a deadlock or a write conflict. */
function asConflict(thrown: unknown): unknown {
  const code = (thrown as { code?: unknown } | null)?.code;
  if (code !== 'P2003' && code !== 'P2025' && code !== 'P2034') return thrown;
  return new FiberkeepError('CONFLICT', { reason: 'changedMeanwhile', cause: thrown });
}
