import { FiberkeepError } from '#errors';
import type { PlantTransaction } from '#plant/client.ts';
import { recordAudit } from '#vault/audit.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { writePlant } from '../write-plant.ts';

/** What a service that edits the network works with. `epoch`: see `writePlant`. */
export type EditPermit = Permit<'network.edit'>;
export type ViewPermit = Permit<'network.view'>;

/** What was done to what, for the audit. */
export interface Edit {
  /** `create-pole`, `delete-tag` … */
  readonly deed: string;
  readonly target: { readonly kind: string; readonly id: string; readonly name: string };
  readonly detail?: Record<string, string | number>;
}

/**
 * Runs `work` in one transaction on the plant and writes into the audit what it says it did: both or
 * neither. What Prisma throws about rows that changed meanwhile comes as CONFLICT.
 */
export async function editNetwork<T>(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  work: (tx: PlantTransaction) => Promise<{ result: T; edit: Edit }>,
): Promise<T> {
  try {
    return await writePlant(server, epoch, async (tx) => {
      const { result, edit } = await work(tx);
      await recordAudit(tx, {
        actor: permit.actor,
        action: `network.${edit.deed}`,
        target: edit.target,
        outcome: 'DONE',
        detail: edit.detail,
      });
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
