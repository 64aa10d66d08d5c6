import { v7 as uuidv7 } from 'uuid';
import type { Prisma } from '../../generated/vault/client.ts';
import type { SqlRunner } from './client.ts';

export interface AuditEntry {
  /** Who, as id and name: the plant may be swapped away under the id. */
  readonly actor: {
    readonly id: string | null;
    readonly name: string;
    readonly address: string;
    /** The API key that they came with, if any. */
    readonly apiKey?: { readonly id: string; readonly name: string } | null;
  };
  /** An action (`backup.create`) or what happened (`session.sign-in`). */
  readonly action: string;
  readonly target?: { readonly kind: string; readonly id: string; readonly name: string };
  readonly outcome: 'DONE' | 'REFUSED' | 'FAILED';
  readonly detail?: Prisma.InputJsonValue;
}

/** Writes down who did what; inside the transaction of the deed where there is one, of either plane. */
export async function recordAudit(db: SqlRunner, entry: AuditEntry): Promise<void> {
  const { actor, target } = entry;
  await db.$executeRaw`
    INSERT INTO vault.audit_event
      (id, actor_id, actor_name, api_key_id, api_key_name, address, action, target_kind, target_id, target_name, outcome, detail)
    VALUES (${uuidv7()}::uuid, ${actor.id}::uuid, ${actor.name}, ${actor.apiKey?.id ?? null}::uuid,
      ${actor.apiKey?.name ?? null}, ${actor.address}, ${entry.action}, ${target?.kind ?? ''}, ${target?.id ?? ''}, ${target?.name ?? ''}, ${entry.outcome},
      ${entry.detail === undefined ? null : JSON.stringify(entry.detail)}::jsonb)`;
}
