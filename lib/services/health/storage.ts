import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { validationError } from '#errors';
import { publish } from '#events/channel.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { notifyOfSpace } from '../notifications/notify.ts';
import type { SpaceChange } from '../notifications/occasions.ts';
import type { Permit } from '../permit.ts';
import { dateText } from '../schedule/night-times.ts';
import type { Server } from '../server.ts';
import { requireFreeSpace, storeReserve } from '../space.ts';
import { type Forecast, forecast, levelOf } from './space-forecast.ts';
import {
  backupDays,
  isBackupSince,
  lastStorageDay,
  lockStorageDays,
  measureBytes,
  measurePostFiles,
  recentAdditions,
  type StorageDay,
  type StorageLevel,
  storageDays,
  writeStorageDay,
} from './storage-day-rows.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const MEASURE_EVERY_MS = 15 * 60 * 1000;
/** Growth is measured over this many days, and the next backup's size over this many backups. */
const GROWTH_DAYS = 30;
const ADDITIONS = 10;
const MOST_DAYS = 3_660;

export interface Storage extends Omit<StorageDay, 'day' | 'level'> {
  readonly level: StorageLevel;
  readonly forecast: Forecast & {
    readonly fullAt: Date | null;
    readonly reserveBytes: bigint;
    readonly missingBytes: bigint | null;
  };
}

/** What takes up space, and how long the disk will last. */
export function findStorage(server: Server, _permit: Permit<'backup.view'>): Promise<Storage> {
  return readStorage(server);
}

/**
 * `findStorage` for the server itself: it needs no permit. Sizes are at most minutes old, and include every backup
 * in the list.
 */
export async function readStorage(server: Server): Promise<Storage> {
  const last = await lastStorageDay(server.vault, server.now());
  const tellsAll =
    last !== null && !(await isBackupSince(server.vault, last.measuredAt, server.now()));
  const { day: _day, ...measured } = tellsAll ? last : await measureStorage(server);
  const disk = await diskOf(server);
  const ahead = await lookAhead(server, disk.freeBytes);
  return {
    ...measured,
    ...disk,
    level: levelOf(ahead, disk.freeBytes),
    forecast: {
      ...ahead,
      fullAt: fullAt(ahead, server.now()),
      reserveBytes: BigInt(await storeReserve(server)),
      missingBytes: ahead.lack && BigInt(ahead.lack.missingBytes),
    },
  };
}

/** Null if it is a hundred years away or more. */
function fullAt({ daysUntilFull }: Forecast, now: Date): Date | null {
  if (daysUntilFull === null || daysUntilFull > 100 * 365) return null;
  return new Date(now.getTime() + daysUntilFull * DAY_MS);
}

async function lookAhead(server: Server, freeBytes: bigint | null): Promise<Forecast> {
  const now = server.now();
  const [days, additions] = await Promise.all([
    storageDays(server.vault, { since: new Date(now.getTime() - GROWTH_DAYS * DAY_MS), now }),
    recentAdditions(server.vault, ADDITIONS, now),
  ]);
  const reserveBytes = await storeReserve(server);
  return forecast({ days, additions }, { freeBytes, reserveBytes }, now);
}

/** Free and total bytes of the disk of the backups. */
async function diskOf({ store, config }: Server) {
  const freeBytes = await store.freeBytes();
  if (freeBytes === null) return { freeBytes, totalBytes: null };
  const disk = await statfs(path.join(config.dataDir, 'vault'), { bigint: true });
  return { freeBytes, totalBytes: disk.blocks * disk.bsize };
}

/**
 * The chore: measures again if the last measurement is old or lacks the newest backup, and notifies a change of
 * level.
 */
export async function housekeepStorage(server: Server): Promise<void> {
  const last = await lastStorageDay(server.vault, server.now());
  const age = last ? server.now().getTime() - last.measuredAt.getTime() : Number.POSITIVE_INFINITY;
  // A negative age means that the clock was set back; waiting for it to catch up would stop measuring.
  const old = !last || age < 0 || age >= MEASURE_EVERY_MS;
  if (old || (await isBackupSince(server.vault, last.measuredAt, server.now())))
    await measureStorage(server);
}

/** Measures the sizes and records them for this day (UTC). */
export async function measureStorage(server: Server): Promise<StorageDay> {
  const { vault, plant } = server;
  const measuredAt = server.now();
  const [bytes, postFileBytes, disk] = await Promise.all([
    measureBytes(vault),
    measurePostFiles(plant),
    diskOf(server),
  ]);
  const ahead = await lookAhead(server, disk.freeBytes);
  const level = levelOf(ahead, disk.freeBytes);
  const measured = {
    day: new Date(dateText(measuredAt)),
    measuredAt,
    level,
    ...bytes,
    ...disk,
    postFileBytes,
  };
  await vault.$transaction(async (tx) => {
    await lockStorageDays(tx);
    const from = ((await lastStorageDay(tx, measuredAt))?.level ?? 'OK') as StorageLevel;
    await writeStorageDay(tx, measured);
    const { daysUntilFull, lack } = ahead;
    if (level !== from)
      await spaceChanged(tx, { from, to: level, freeBytes: disk.freeBytes, daysUntilFull, lack });
  });
  return measured;
}

/** One day (UTC) of the history; sizes are null on days without a measurement. */
export interface StorageHistoryDay {
  readonly day: string;
  readonly freeBytes: bigint | null;
  readonly backupBytes: bigint | null;
  readonly postFileBytes: bigint | null;
  readonly databaseBytes: bigint | null;
  readonly backupCount: number;
  readonly addedBytes: bigint;
  readonly archiveSize: bigint | null;
}

/** Sizes and additions of each of the last days, oldest first. Throws VALIDATION_FAILED. */
export async function storageHistory(
  server: Server,
  _permit: Permit<'backup.view'>,
  days: number,
): Promise<StorageHistoryDay[]> {
  if (days < 1 || days > MOST_DAYS)
    throw validationError([{ path: 'days', reason: 'range', params: { min: 1, max: MOST_DAYS } }]);
  const now = server.now();
  const span = { since: new Date(now.getTime() - days * DAY_MS), now };
  const [measured, made] = await Promise.all([
    storageDays(server.vault, span),
    backupDays(server.vault, span),
  ]);
  const measuredOn = new Map(measured.map((row) => [dateText(row.day), row]));
  const madeOn = new Map(made.map((row) => [row.day, row]));
  return [...new Set([...measuredOn.keys(), ...madeOn.keys()])].sort().map((day) => ({
    day,
    freeBytes: measuredOn.get(day)?.freeBytes ?? null,
    backupBytes: measuredOn.get(day)?.backupBytes ?? null,
    postFileBytes: measuredOn.get(day)?.postFileBytes ?? null,
    databaseBytes: measuredOn.get(day)?.databaseBytes ?? null,
    backupCount: madeOn.get(day)?.count ?? 0,
    addedBytes: madeOn.get(day)?.addedBytes ?? 0n,
    archiveSize: madeOn.get(day)?.archiveSize ?? null,
  }));
}

/**
 * Throws DISK_FULL, before anything is written, if a backup of the usual size would not fit. Creating the backup
 * checks what it really needs once it has seen the network.
 */
export async function requireUsualSpace(server: Server): Promise<void> {
  const freeBytes = await server.store.freeBytes();
  const { nextBackupBytes } = await lookAhead(server, freeBytes);
  if (nextBackupBytes === null) return;
  const neededBytes = Number(nextBackupBytes);
  const reserveBytes = await storeReserve(server);
  requireFreeSpace({ freeBytes, neededBytes, reserveBytes, reason: 'noRoomForBackup' });
}

/** Publishes and notifies a change of level, in the transaction that records it. */
export async function spaceChanged(tx: VaultTransaction, change: SpaceChange): Promise<void> {
  await publish(tx, { kind: 'BACKUPS_CHANGED', id: null });
  await notifyOfSpace(tx, change);
}
