import type { VaultPlace } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import type { Server } from '../server.ts';

export type VaultPlaceRow = VaultPlace;

/** Where the database says that its objects lie; null: in the folder. */
export function findVaultPlace(db: VaultTransaction): Promise<VaultPlaceRow | null> {
  return db.vaultPlace.findUnique({ where: { id: 1 } });
}

/** Whether there is anything whose objects would be missed in another place. */
export async function needsObjects(
  { plant }: Pick<Server, 'plant'>,
  db: VaultTransaction,
): Promise<boolean> {
  if ((await db.backup.findFirst({ select: { id: true } })) !== null) return true;
  return (await plant.storedFile.findFirst({ select: { sha256: true } })) !== null;
}

/** Whether a worker works on this database, here or on another machine. */
export async function isAtWork({ pool }: Pick<Server, 'pool'>): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM vault.job WHERE status = 'RUNNING' AND lease_until > now()) AS found`,
  );
  return rows[0]?.found ?? false;
}

/** Holds the row, or that there is none, until the transaction ends. */
export async function lockVaultPlace(tx: VaultTransaction): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('fiberkeep: vault place', 0))`;
}

export function writeVaultPlace(
  tx: VaultTransaction,
  place: Omit<VaultPlaceRow, 'id'>,
): Promise<VaultPlaceRow> {
  return tx.vaultPlace.upsert({ where: { id: 1 }, create: place, update: place });
}

export async function forgetVaultPlace(tx: VaultTransaction): Promise<void> {
  await tx.vaultPlace.deleteMany();
}
