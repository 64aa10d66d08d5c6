import { readManifest } from '#engine/backup/read.ts';
import type { KnownRows } from '#engine/backup/request.ts';
import type { HowRead } from '#engine/backup/tables.ts';
import type { Manifest } from '#engine/ports.ts';
import { readRowMap } from '#engine/rowmap/row-map.ts';
import { FiberkeepError } from '#errors';
import type { Backup } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { notifyOfRowsDiffering } from '../notifications/notify.ts';
import { programVersion } from '../program-version.ts';
import type { Server } from '../server.ts';
import {
  countTurn,
  distrustRowMaps,
  enterRowMap,
  findRowMap,
  forgetRowMap,
  forgetUselessRowMaps,
  type RowMapRow,
  readTrust,
  rowMapObjects,
  schemaOidOf,
} from './row-map-rows.ts';
import { type WholeRead, wholeReadDue } from './whole-reads.ts';

/** How the backup of a plant shall read it. */
export interface Reading {
  readonly schemaOid: bigint | null;
  /** Null: everything is read whole. */
  readonly known: KnownRows | null;
  /** Why; null where a map is used. */
  readonly whole: WholeRead | null;
  readonly last: RowMapRow | null;
}

/** Decides how to read the plant in `schema`, and opens the row map for it. */
export async function chooseReading(
  server: Server,
  schema: string,
  { readEverything = false }: { readonly readEverything?: boolean },
): Promise<Reading> {
  const { vault, store, keys } = server;
  const schemaOid = await schemaOidOf(vault, schema);
  const last = schemaOid === null ? null : await findRowMap(vault, schemaOid);
  const trust = await readTrust(vault);
  const whole = wholeReadDue({
    readEverything,
    isDistrusted: trust.distrustedAt !== null,
    last,
    now: server.now(),
    version: programVersion,
  });
  if (whole || !last) return { schemaOid, known: null, whole: whole ?? 'unmapped', last };
  const map = await readRowMap(store, keys, last.object);
  const manifest = map && (await manifestOrNull(server, last.manifestObject));
  if (!map || !manifest) return { schemaOid, known: null, whole: 'unmapped', last };
  return { schemaOid, known: { map, manifest, turn: trust.turn }, whole: null, last };
}

/** A manifest that cannot be read is for its restore test to tell. */
async function manifestOrNull(
  { store, keys }: Server,
  manifestObject: string,
): Promise<Manifest | null> {
  try {
    return await readManifest(store, keys, manifestObject);
  } catch (thrown) {
    if (thrown instanceof FiberkeepError) return null;
    throw thrown;
  }
}

/** What a backup tells of how it read. */
export interface ReadBackup {
  readonly rowMap: { readonly object: string } | null;
  readonly reads: readonly HowRead[];
}

/** Enters the new row map, and what was found with the last one, in the transaction that enters the backup. */
export async function noteReading(
  tx: VaultTransaction,
  server: Pick<Server, 'now'>,
  backup: Backup,
  reading: Reading,
  { rowMap, reads }: ReadBackup,
): Promise<void> {
  const { schemaOid, last } = reading;
  if (schemaOid === null) return;
  if (!rowMap) return forgetRowMap(tx, schemaOid);
  const isWhole = reads.every(({ whole }) => whole !== null);
  const whole =
    isWhole || !last
      ? { wholeReadAt: server.now(), wholeReadBy: programVersion }
      : { wholeReadAt: last.wholeReadAt, wholeReadBy: last.wholeReadBy };
  await enterRowMap(tx, { schemaOid, object: rowMap.object, backupId: backup.id, ...whole });
  await countTurn(tx);
  await noteDifferingRows(tx, backup, reads);
}

/** Where rows were not what the row map said, maps are distrusted from now on, and people are told. */
export async function noteDifferingRows(
  tx: VaultTransaction,
  backup: Backup,
  reads: readonly HowRead[],
): Promise<void> {
  const tables = reads.filter(({ whole }) => whole === 'rowsDiffer').map(({ table }) => table);
  if (tables.length === 0) return;
  await distrustRowMaps(tx, { backupId: backup.id, tables });
  await notifyOfRowsDiffering(tx, backup, tables);
}

/** Enters the row map of a stage, in the transaction that marks it as staged. */
export async function enterStageMap(
  tx: VaultTransaction,
  server: Pick<Server, 'now'>,
  stage: { readonly schema: string; readonly backupId: string; readonly object: string },
): Promise<void> {
  const schemaOid = await schemaOidOf(tx, stage.schema);
  if (schemaOid === null) return;
  const { object, backupId } = stage;
  const whole = { wholeReadAt: server.now(), wholeReadBy: programVersion };
  await enterRowMap(tx, { schemaOid, object, backupId, ...whole });
}

/** The chore of every hour: maps of plants and backups that are gone go, and objects that no row names. */
export async function sweepRowMaps({ vault, store }: Server): Promise<void> {
  await forgetUselessRowMaps(vault);
  const found: string[] = [];
  for await (const { name } of store.list('maps/')) found.push(name);
  const used = found.length > 0 ? await rowMapObjects(vault) : null;
  if (!used) return;
  for (const name of found) if (!used.has(name)) await store.delete(name);
}
