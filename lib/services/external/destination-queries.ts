import type { StepResult } from '#engine/external/test-place.ts';
import { type Failure, storedFailure } from '#errors';
import { latestDate } from '../backups/newest-rows.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { type CopyRow, copiesIn, copiesOf, hasFailedCopy, newestCopyIn } from './copy-rows.ts';
import {
  type DestinationRow,
  listDestinationRows,
  type RunFigures,
  reportIn,
} from './destination-rows.ts';
import { destinationUrl } from './destinations.ts';
import { isOverdue } from './due-sends.ts';
import { type InventoryTotals, inventoryTotals } from './inventory-rows.ts';
import { settingsIn } from './open-destination.ts';
import { activeSend, isUnderWay } from './send-rows.ts';

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
    | 'testedAt'
    | 'lastGoodAt'
    | 'failingSince'
    | 'nextAttemptAt'
  > {
  readonly kind: 'FOLDER' | 'S3' | 'SFTP';
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
  readonly lastRun: { bytes: bigint; objects: number; seconds: number } | null;
  readonly error: Failure | null;
  readonly objects: number;
  readonly bytes: bigint;
  readonly lostObjects: number;
  readonly checkedSince: Date | null;
  readonly copies: CopyView[];
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
  const [all, totals, sending] = await Promise.all([
    copiesIn(server.vault, row.id),
    inventoryTotals(server.pool, [row.id]),
    activeSend(server.vault, row.id),
  ]);
  const copies = all.map((copy) => ({ ...copy, destinationName: row.name }));
  const whole = copies.filter(({ status }) => status === 'HERE');
  const newest = whole.find(({ createdAt }) => createdAt <= latestDate(server.now())) ?? null;
  const failed = whole.some(({ testFailedAt }) => testFailedAt !== null);
  const inventory = totals.get(row.id) ?? nothing;
  const now = server.now();
  return {
    ...row,
    ...placeFields(row),
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
    lastRun: lastRunIn(row),
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

function lastRunIn({ lastRun }: DestinationRow): DestinationView['lastRun'] {
  if (lastRun === null) return null;
  const { bytes, objects, seconds } = lastRun as unknown as RunFigures;
  return { bytes: BigInt(bytes), objects, seconds };
}

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
}

/** The state of every destination, for the server itself: it needs no permit. */
export async function findDestinationStates(server: Server): Promise<DestinationHealth[]> {
  const rows = await listDestinationRows(server.vault);
  const totals = await inventoryTotals(
    server.pool,
    rows.map(({ id }) => id),
  );
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
      };
    }),
  );
}
