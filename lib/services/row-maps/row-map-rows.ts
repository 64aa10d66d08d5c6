import type { RowMap, RowMapTrust } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';

export type RowMapRow = RowMap;
export type TrustRow = RowMapTrust;

/** What names the schema through renames; null where there is none of this name. */
export async function schemaOidOf(db: VaultTransaction, schema: string): Promise<bigint | null> {
  const found = await db.$queryRaw<{ oid: bigint }[]>`
    SELECT oid::int8 AS oid FROM pg_catalog.pg_namespace WHERE nspname = ${schema}`;
  return found[0]?.oid ?? null;
}

/** The newest row map of a plant, while the backup that it goes with is in the catalogue; else null. */
export async function findRowMap(
  db: VaultTransaction,
  schemaOid: bigint,
): Promise<(RowMapRow & { readonly manifestObject: string }) | null> {
  const row = await db.rowMap.findUnique({ where: { schemaOid } });
  const backup =
    row && (await db.backup.findFirst({ where: { id: row.backupId, status: 'READY' } }));
  return backup ? { ...row, manifestObject: backup.manifestObject } : null;
}

/** Enters the newest row map of a plant in place of the one before. */
export async function enterRowMap(
  tx: VaultTransaction,
  { schemaOid, ...map }: Omit<RowMapRow, 'madeAt'>,
): Promise<void> {
  const entered = { ...map, madeAt: new Date() };
  await tx.rowMap.upsert({
    where: { schemaOid },
    create: { schemaOid, ...entered },
    update: entered,
  });
}

/** Forgets the row map of a plant, so that the next backup reads it whole. */
export async function forgetRowMap(tx: VaultTransaction, schemaOid: bigint): Promise<void> {
  await tx.rowMap.deleteMany({ where: { schemaOid } });
}

/** Forgets maps of plants or backups that are gone. */
export async function forgetUselessRowMaps(db: VaultTransaction): Promise<void> {
  await db.$executeRaw`
    DELETE FROM vault.row_map m
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.oid::int8 = m.schema_oid)
        OR NOT EXISTS (SELECT FROM vault.backup b WHERE b.id = m.backup_id AND b.status = 'READY')`;
}

/** The objects of maps in use; null while a job runs that could still enter one. */
export async function rowMapObjects(db: VaultTransaction): Promise<Set<string> | null> {
  const writing = await db.job.count({
    where: {
      kind: { in: ['CREATE_BACKUP', 'STAGE_RESTORE'] },
      status: { in: ['QUEUED', 'RUNNING'] },
    },
  });
  if (writing > 0) return null;
  const maps = await db.rowMap.findMany({ select: { object: true } });
  return new Set(maps.map(({ object }) => object));
}

const TRUSTED: TrustRow = { id: 1, turn: 0, distrustedAt: null, backupId: null, tables: [] };

export async function readTrust(db: VaultTransaction): Promise<TrustRow> {
  return (await db.rowMapTrust.findUnique({ where: { id: 1 } })) ?? TRUSTED;
}

/** Counts a backup: the next one compares the next share of the rows. */
export async function countTurn(tx: VaultTransaction): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO vault.row_map_trust AS t (id, turn) VALUES (1, 1)
    ON CONFLICT (id) DO UPDATE SET turn = (t.turn + 1) % 1000000`;
}

/** From now on no map is used, until somebody looked. What was found first stays. */
export async function distrustRowMaps(
  tx: VaultTransaction,
  found: { readonly backupId: string; readonly tables: readonly string[] },
): Promise<void> {
  const { backupId, tables } = found;
  await tx.$executeRaw`
    INSERT INTO vault.row_map_trust AS t (id, distrusted_at, backup_id, tables)
    VALUES (1, now(), ${backupId}::uuid, ${[...tables]})
    ON CONFLICT (id) DO UPDATE
       SET distrusted_at = now(), backup_id = excluded.backup_id, tables = excluded.tables
     WHERE t.distrusted_at IS NULL`;
}

/** Somebody looked. Answers whether maps were distrusted. */
export async function trustRowMaps(tx: VaultTransaction): Promise<boolean> {
  const { count } = await tx.rowMapTrust.updateMany({
    where: { id: 1, distrustedAt: { not: null } },
    data: { distrustedAt: null, backupId: null, tables: [] },
  });
  return count > 0;
}
