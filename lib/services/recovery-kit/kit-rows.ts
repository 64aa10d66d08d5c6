import type { Author } from '#engine/ports.ts';
import type { RecoveryKit } from '#generated/vault/client.ts';
import { authorColumns } from '#vault/actor.ts';
import type { VaultTransaction } from '#vault/client.ts';

export type KitRow = RecoveryKit;

/** What is known of this server's kit; null where nobody has seen it. */
export function findKit(db: VaultTransaction, serverId: string): Promise<KitRow | null> {
  return db.recoveryKit.findUnique({ where: { serverId } });
}

/** Somebody was shown the kit and asked to save it. An earlier check stays. */
export async function markKitSaved(
  db: VaultTransaction,
  serverId: string,
  by: Author,
): Promise<KitRow> {
  const saved = { savedAt: new Date(), ...authorColumns('savedBy', by) };
  return db.recoveryKit.upsert({
    where: { serverId },
    create: { serverId, ...saved },
    update: saved,
  });
}

/** Somebody typed the asked part of the kit. */
export async function markKitChecked(
  db: VaultTransaction,
  serverId: string,
  by: Author,
): Promise<KitRow> {
  const checked = { checkedAt: new Date(), ...authorColumns('checkedBy', by) };
  return db.recoveryKit.update({ where: { serverId }, data: checked });
}
