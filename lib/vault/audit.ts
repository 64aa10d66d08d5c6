import { v7 as uuidv7 } from 'uuid';
import type { Prisma } from '../../generated/vault/client.ts';
import type { VaultTransaction } from './client.ts';

export interface AuditEntry {
  /** Who, as id and name: the plant may be swapped away under the id. */
  readonly actor: { readonly id: string | null; readonly name: string; readonly address: string };
  /** An action (`backup.create`) or what happened (`session.sign-in`). */
  readonly action: string;
  readonly target?: { readonly kind: string; readonly id: string; readonly name: string };
  readonly outcome: 'DONE' | 'REFUSED' | 'FAILED';
  readonly detail?: Prisma.InputJsonValue;
}

/** Writes down who did what; inside the transaction of the deed where there is one. */
export async function recordAudit(db: VaultTransaction, entry: AuditEntry): Promise<void> {
  await db.auditEvent.create({ data: auditRow(entry) });
}

/** The entry as a row of `vault.audit_event`, with an id of its own. */
export function auditRow(entry: AuditEntry) {
  return {
    id: uuidv7(),
    actorId: entry.actor.id,
    actorName: entry.actor.name,
    address: entry.actor.address,
    action: entry.action,
    targetKind: entry.target?.kind ?? '',
    targetId: entry.target?.id ?? '',
    targetName: entry.target?.name ?? '',
    outcome: entry.outcome,
    detail: entry.detail,
  };
}
