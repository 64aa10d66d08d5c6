import { validate as isUuid } from 'uuid';
import type { PlaceReport, StepResult } from '#engine/external/test-place.ts';
import type { Failure } from '#errors';
import { publish } from '#events/channel.ts';
import { type Destination, Prisma } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { failureColumn } from '#vault/failures.ts';
import { forgetSends } from './send-ledger-rows.ts';

export type DestinationRow = Destination;

/** By name. */
export function listDestinationRows(db: VaultTransaction): Promise<DestinationRow[]> {
  return db.destination.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
}

export async function isAnyDestinationOn(db: VaultTransaction): Promise<boolean> {
  return (await db.destination.count({ where: { enabled: true } })) > 0;
}

export function findDestination(db: VaultTransaction, id: string): Promise<DestinationRow | null> {
  return isUuid(id) ? db.destination.findUnique({ where: { id } }) : Promise.resolve(null);
}

/** Locks the row until the transaction ends; null where there is none. */
export async function lockDestination(
  tx: VaultTransaction,
  id: string,
): Promise<DestinationRow | null> {
  if (!isUuid(id)) return null;
  await tx.$queryRaw`SELECT id FROM vault.destination WHERE id = ${id}::uuid FOR UPDATE`;
  return tx.destination.findUnique({ where: { id } });
}

export async function insertDestination(
  tx: VaultTransaction,
  data: Prisma.DestinationCreateInput,
): Promise<DestinationRow> {
  const row = await tx.destination.create({ data });
  await publish(tx, { kind: 'DESTINATIONS_CHANGED', id: row.id });
  return row;
}

export async function writeDestination(
  tx: VaultTransaction,
  id: string,
  data: Prisma.DestinationUpdateInput,
): Promise<void> {
  await tx.destination.updateMany({ where: { id }, data });
  await publish(tx, { kind: 'DESTINATIONS_CHANGED', id });
}

/** The destination, its inventory and what is known of its copies. The place itself is left alone. */
export async function deleteDestinationRows(tx: VaultTransaction, id: string): Promise<void> {
  await forgetObjectsAndCopies(tx, id);
  await tx.externalDay.deleteMany({ where: { destinationId: id } });
  await forgetSends(tx, id);
  await tx.destination.delete({ where: { id } });
  await publish(tx, { kind: 'DESTINATIONS_CHANGED', id });
}

/** What is written where a destination takes a place: nothing is known of it. */
export const forgotten = {
  discoveredAt: null,
  unreadable: [],
  lastGoodAt: null,
  lastRun: Prisma.DbNull,
  listedAt: null,
  missing: 0,
} as const;

export async function forgetObjectsAndCopies(tx: VaultTransaction, id: string): Promise<void> {
  await tx.externalObject.deleteMany({ where: { destinationId: id } });
  await tx.externalCopy.deleteMany({ where: { destinationId: id } });
}

/** The lane of the jobs that write to a destination's place: two never do at once. */
export function laneOf(destinationId: string): string {
  return `destination ${destinationId}`;
}

/** One destination is added at a time, so that two requests cannot take one name. */
export async function lockDestinations(tx: VaultTransaction): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('fiberkeep: destinations', 0))`;
}

export function reportColumn({ steps }: Pick<PlaceReport, 'steps'>): Prisma.InputJsonArray {
  return steps.map((step) => ({ ...step }) as unknown as Prisma.InputJsonObject);
}

export function reportIn({ report }: Pick<DestinationRow, 'report'>): readonly StepResult[] {
  return report as unknown as StepResult[];
}

const HOUR_MS = 60 * 60 * 1000;
const FIRST_WAIT_MS = 5 * 60 * 1000;

/** A run failed: the next attempt is after 5, 10, 20 … minutes, at most 4 hours. */
export async function markRunFailed(
  tx: VaultTransaction,
  row: DestinationRow,
  failure: Failure,
  now: Date,
): Promise<void> {
  const wait = Math.min(FIRST_WAIT_MS * 2 ** row.attempts, 4 * HOUR_MS);
  await writeDestination(tx, row.id, {
    failingSince: row.failingSince ?? now,
    error: failureColumn(failure),
    attempts: { increment: 1 },
    nextAttemptAt: new Date(now.getTime() + wait),
    // Only a person can decide what happens then.
    ...(failure.code === 'DESTINATION_LOST' && { lostAt: row.lostAt ?? now, nextAttemptAt: null }),
  });
}

export interface RunFigures {
  readonly bytes: number;
  readonly objects: number;
  readonly seconds: number;
  /** Requests; null where nobody bills them. */
  readonly writes: number | null;
  readonly reads: number | null;
}

/** What is written where nothing is wrong any more. */
export const nothingWrong = {
  failingSince: null,
  error: Prisma.DbNull,
  attempts: 0,
  nextAttemptAt: null,
  failingNotifiedAt: null,
} as const;

/** Manifests there that do not open, with why. */
export type UnreadableManifest = { readonly object: string; readonly failure: Failure };

export function unreadableColumn(found: readonly UnreadableManifest[]): Prisma.InputJsonArray {
  return found.map((one) => ({ ...one }) as unknown as Prisma.InputJsonObject);
}

export function unreadableIn({
  unreadable,
}: Pick<DestinationRow, 'unreadable'>): readonly UnreadableManifest[] {
  return unreadable as unknown as UnreadableManifest[];
}

/** A run sent all that it should. */
export async function markRunGood(
  tx: VaultTransaction,
  id: string,
  figures: RunFigures,
  now: Date,
): Promise<void> {
  await writeDestination(tx, id, { ...nothingWrong, lastGoodAt: now, lastRun: { ...figures } });
}
