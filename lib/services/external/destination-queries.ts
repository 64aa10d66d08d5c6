import type { StepResult } from '#engine/external/test-place.ts';
import type { PlaceUsage } from '#engine/store/place.ts';
import { asStorageClass, type StorageClass } from '#engine/store/storage-class.ts';
import { type Failure, storedFailure } from '#errors';
import { latestDate } from '../backups/newest-rows.ts';
import type { Permit } from '../permit.ts';
import { scheduleZone } from '../schedule/schedule-zone.ts';
import type { Server } from '../server.ts';
import { type CopyRow, copiesIn, copiesOf, hasFailedCopy, newestCopyIn } from './copy-rows.ts';
import {
  type DestinationRow,
  listDestinationRows,
  type RunFigures,
  reportIn,
  type UnreadableManifest,
  unreadableIn,
} from './destination-rows.ts';
import { destinationUrl } from './destinations.ts';
import { type InventoryTotals, inventoryTotals } from './inventory-rows.ts';
import { settingsIn } from './open-destination.ts';
import { isOverdue, mostAgeMs } from './overdue.ts';
import { costOfMonth, costOfUse, type Prices, pricesOf } from './prices.ts';
import { activeSend, isUnderWay } from './send-rows.ts';
import { nextDue, sendScheduleOf } from './send-schedule.ts';
import { usageOfMonth } from './usage-rows.ts';

/** What a destination is up to; of several that hold, the one that needs somebody most. */
export type DestinationState =
  | 'OK'
  | 'OFF'
  | 'EMPTY'
  | 'SENDING'
  | 'FAILING'
  | 'OVERDUE'
  | 'DAMAGED'
  | 'LOST';

/** A copy with the name of its destination. */
export interface CopyView extends CopyRow {
  readonly destinationName: string;
}

/** A destination without its secrets, and what is known of what lies there. */
export interface DestinationView
  extends Pick<
    DestinationRow,
    | 'id'
    | 'name'
    | 'enabled'
    | 'keepLast'
    | 'keepDaily'
    | 'keepWeekly'
    | 'keepMonthly'
    | 'bytesPerSecond'
    | 'quietFrom'
    | 'quietUntil'
    | 'sendDays'
    | 'sendTime'
    | 'lockDays'
    | 'testedAt'
    | 'lastGoodAt'
    | 'failingSince'
    | 'nextAttemptAt'
  > {
  readonly kind: 'FOLDER' | 'S3' | 'SFTP';
  /** Of the chunks there that hold contents; null: as the bucket has it. */
  readonly storageClass: StorageClass | null;
  readonly url: string;
  readonly endpoint: string | null;
  readonly region: string | null;
  readonly pathStyle: boolean | null;
  readonly accessKeyId: string | null;
  readonly profile: string | null;
  readonly hostKey: string | null;
  readonly hasSecret: boolean;
  readonly state: DestinationState;
  readonly steps: StepResult[];
  readonly newest: CopyView | null;
  readonly lagHours: number | null;
  readonly lastRun: RunView | null;
  /** When it is next due by its own schedule; null: after each night. */
  readonly nextSendAt: Date | null;
  /** The newest backup there is overdue once it is older. */
  readonly overdueAfterHours: number;
  readonly prices: (Prices & { readonly isDefault: boolean }) | null;
  readonly monthlyCost: MonthlyCost | null;
  /** Manifests there that do not open. */
  readonly unreadable: UnreadableManifest[];
  readonly error: Failure | null;
  readonly objects: number;
  readonly bytes: bigint;
  readonly lostObjects: number;
  readonly checkedSince: Date | null;
  readonly copies: CopyView[];
}

/** What the last good run sent, and what its requests cost by estimate. */
export interface RunView {
  readonly bytes: bigint;
  readonly objects: number;
  readonly seconds: number;
  readonly writes: number | null;
  readonly reads: number | null;
  readonly cost: number | null;
}

/** An estimate: of what lies there now, for a month; and of the requests and bytes of the last 30 days. */
export interface MonthlyCost {
  readonly currency: string;
  readonly storage: number;
  readonly requests: number;
  readonly writes: number;
  readonly reads: number;
  readonly readBytes: bigint;
}

const HOUR_MS = 60 * 60 * 1000;

/** All destinations, in the order in which they were added. */
export async function findDestinations(
  server: Server,
  _permit: Permit<'backup.view'>,
): Promise<DestinationView[]> {
  const rows = await listDestinationRows(server.vault);
  return Promise.all(rows.map((row) => viewOf(server, row)));
}

export async function viewOf(server: Server, row: DestinationRow): Promise<DestinationView> {
  const now = server.now();
  const [all, totals, sending, timeZone, usage] = await Promise.all([
    copiesIn(server.vault, row.id),
    inventoryTotals(server.pool, [row.id]),
    activeSend(server.vault, row.id),
    scheduleZone(server),
    usageOfMonth(server.vault, [row.id], now),
  ]);
  const copies = all.map((copy) => ({ ...copy, destinationName: row.name }));
  const whole = copies.filter(({ status }) => status === 'HERE');
  const newest = whole.find(({ createdAt }) => createdAt <= latestDate(server.now())) ?? null;
  const failed = whole.some(({ testFailedAt }) => testFailedAt !== null);
  const inventory = totals.get(row.id) ?? nothing;
  const schedule = sendScheduleOf(row, timeZone);
  const prices = pricesOf(settingsIn(row), setPrices(row));
  return {
    ...row,
    ...placeFields(row),
    storageClass: asStorageClass(row.storageClass),
    state: stateOf(row, {
      newest,
      inventory,
      failed,
      sending: sending !== null && isUnderWay(sending, now),
      now,
    }),
    steps: [...reportIn(row)],
    newest,
    lagHours: newest && Math.floor((now.getTime() - newest.createdAt.getTime()) / HOUR_MS),
    lastRun: lastRunIn(row, prices),
    nextSendAt: schedule && (nextDue(schedule, now)?.at ?? null),
    overdueAfterHours: mostAgeMs(row) / HOUR_MS,
    prices: prices && { ...prices, isDefault: setPrices(row) === null },
    monthlyCost: costIn(row, inventory.bytes, usage.get(row.id)),
    unreadable: [...unreadableIn(row)],
    error: storedFailure(row.error),
    objects: inventory.objects,
    bytes: inventory.bytes,
    lostObjects: inventory.damaged,
    checkedSince: inventory.oldestCheck,
    copies,
  };
}

const nothing: InventoryTotals = { objects: 0, bytes: 0n, damaged: 0, oldestCheck: null };

function placeFields(row: DestinationRow) {
  const settings = settingsIn(row);
  const s3 = settings.kind === 'S3' ? settings : null;
  return {
    kind: settings.kind,
    url: destinationUrl(row),
    endpoint: s3?.endpoint ?? null,
    region: s3?.region ?? null,
    pathStyle: s3?.pathStyle ?? null,
    accessKeyId: s3?.accessKeyId ?? null,
    profile: s3?.profile ?? null,
    hostKey: settings.kind === 'SFTP' ? settings.hostKey : null,
    hasSecret: row.secret !== null,
  };
}

interface Known {
  readonly newest: CopyRow | null;
  readonly inventory: InventoryTotals;
  /** A copy there failed its restore test. */
  readonly failed: boolean;
  readonly sending: boolean;
  readonly now: Date;
}

export function stateOf(row: DestinationRow, known: Known): DestinationState {
  const { newest, inventory, failed, sending, now } = known;
  if (row.lostAt) return 'LOST';
  if (!row.enabled) return 'OFF';
  if (inventory.damaged > 0 || failed) return 'DAMAGED';
  if (isOverdue(row, newest?.createdAt ?? null, now)) return 'OVERDUE';
  if (row.failingSince) return 'FAILING';
  if (sending) return 'SENDING';
  return newest ? 'OK' : 'EMPTY';
}

function setPrices({ prices }: DestinationRow): Prices | null {
  return prices as unknown as Prices | null;
}

function lastRunIn({ lastRun }: DestinationRow, prices: Prices | null): RunView | null {
  if (lastRun === null) return null;
  const { bytes, objects, seconds, writes, reads } = lastRun as unknown as RunFigures;
  const isBilled = prices !== null && writes !== null && reads !== null;
  const cost = isBilled ? costOfUse(prices, { writes, reads, readBytes: 0 }) : null;
  return { bytes: BigInt(bytes), objects, seconds, writes, reads, cost };
}

function costIn(row: DestinationRow, bytes: bigint, usage?: PlaceUsage): MonthlyCost | null {
  const prices = pricesOf(settingsIn(row), setPrices(row));
  return prices && monthlyCost(prices, bytes, usage);
}

function monthlyCost(prices: Prices, bytes: bigint, usage = noUsage): MonthlyCost {
  const { writes, reads, readBytes } = usage;
  return {
    currency: prices.currency,
    storage: costOfMonth(prices, bytes),
    requests: costOfUse(prices, usage),
    writes,
    reads,
    readBytes: BigInt(readBytes),
  };
}

const noUsage: PlaceUsage = { writes: 0, reads: 0, sentBytes: 0, readBytes: 0 };

/** The whole copies of each of these backups, in their order. */
export async function findCopies(
  server: Server,
  _permit: Permit<'backup.view'>,
  backupIds: readonly string[],
): Promise<CopyView[][]> {
  const copies = await copiesOf(server.vault, backupIds);
  if (copies.length === 0) return backupIds.map(() => []);
  const names = new Map(
    (await listDestinationRows(server.vault)).map(({ id, name }) => [id, name]),
  );
  return backupIds.map((id) =>
    copies
      .filter(({ backupId }) => backupId === id)
      .map((copy) => ({ ...copy, destinationName: names.get(copy.destinationId) ?? '' })),
  );
}

/** What health tells of a destination. */
export interface DestinationHealth extends Pick<DestinationView, 'name' | 'state' | 'error'> {
  /** Since when it is so, as far as that is known. */
  readonly since: Date | null;
  readonly newestAt: Date | null;
  readonly bytes: bigint;
  readonly objects: number;
  readonly lastGoodAt: Date | null;
  /** Bytes that the last good run sent. */
  readonly lastRunBytes: number | null;
  /** Requests and bytes of the last 30 days; null where nobody bills them. */
  readonly usage: PlaceUsage | null;
  /** By estimate. */
  readonly monthlyCost: MonthlyCost | null;
  /** Manifests there that do not open. */
  readonly unreadable: number;
}

/** The state of every destination, for the server itself: it needs no permit. */
export async function findDestinationStates(server: Server): Promise<DestinationHealth[]> {
  const rows = await listDestinationRows(server.vault);
  const ids = rows.map(({ id }) => id);
  const [totals, usages] = await Promise.all([
    inventoryTotals(server.pool, ids),
    usageOfMonth(server.vault, ids, server.now()),
  ]);
  return Promise.all(
    rows.map(async (row) => {
      const newest = await newestCopyIn(server.vault, row.id, server.now());
      const failed = await hasFailedCopy(server.vault, row.id);
      const inventory = totals.get(row.id) ?? nothing;
      return {
        name: row.name,
        state: stateOf(row, { newest, inventory, failed, sending: false, now: server.now() }),
        error: storedFailure(row.error),
        since: row.lostAt ?? row.failingSince ?? newest?.createdAt ?? row.createdAt,
        newestAt: newest?.createdAt ?? null,
        bytes: inventory.bytes,
        objects: inventory.objects,
        lastGoodAt: row.lastGoodAt,
        lastRunBytes: (row.lastRun as unknown as RunFigures | null)?.bytes ?? null,
        usage: settingsIn(row).kind === 'S3' ? (usages.get(row.id) ?? noUsage) : null,
        monthlyCost: costIn(row, inventory.bytes, usages.get(row.id)),
        unreadable: unreadableIn(row).length,
      };
    }),
  );
}
