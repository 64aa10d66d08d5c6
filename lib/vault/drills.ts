import { type Job, Prisma } from '../../generated/vault/client.ts';
import type { Failure } from '../errors/index.ts';
import type { VaultTransaction } from './client.ts';
import { failureColumn } from './failures.ts';

/** Backups that their last drill brought back whole. */
export const proven = { provenAt: { not: null }, drillFailedAt: null } as const;

/** The newest backup that is proven, and the newest automatic one. */
export async function lastProvenIds(db: VaultTransaction): Promise<string[]> {
  const found = await db.$queryRaw<{ id: string }[]>`
    (SELECT id FROM vault.backup
      WHERE status = 'READY' AND proven_at IS NOT NULL AND drill_failed_at IS NULL
      ORDER BY coalesce(scheduled_for, created_at) DESC, id DESC LIMIT 1)
    UNION
    (SELECT id FROM vault.backup
      WHERE status = 'READY' AND proven_at IS NOT NULL AND drill_failed_at IS NULL AND kind = 'AUTOMATIC'
      ORDER BY coalesce(scheduled_for, created_at) DESC, id DESC LIMIT 1)`;
  return found.map(({ id }) => id);
}

/** Writes down that the backup comes back, and how long that takes. */
export async function markProven(
  tx: VaultTransaction,
  id: string,
  restoreSeconds: number,
): Promise<void> {
  await tx.backup.update({
    where: { id },
    data: {
      provenAt: new Date(),
      restoreSeconds,
      drillFailedAt: null,
      drillError: Prisma.DbNull,
    },
  });
}

/** Writes down that the backup does not come back, and what is wrong with it. Does nothing where it is gone. */
export async function markDrillFailed(
  tx: VaultTransaction,
  id: string,
  failure: Failure,
): Promise<void> {
  const data = { drillFailedAt: new Date(), drillError: failureColumn(failure) };
  await tx.backup.updateMany({ where: { id }, data });
}

/** As `markDrillFailed`, where nothing is said against the backup yet; answers whether that was so. */
export async function markFirstFailure(
  tx: VaultTransaction,
  id: string,
  failure: Failure,
): Promise<boolean> {
  await tx.$queryRaw`SELECT id FROM vault.backup WHERE id = ${id}::uuid FOR UPDATE`;
  const said = await tx.backup.count({ where: { id, drillFailedAt: { not: null } } });
  if (said === 0) await markDrillFailed(tx, id, failure);
  return said === 0;
}

/** The drill of the backup that is queued or runs and that nobody cancelled; null where there is none. */
export function activeDrill(db: VaultTransaction, backupId: string): Promise<Job | null> {
  return db.job.findFirst({
    where: {
      kind: 'VERIFY_BACKUP',
      status: { in: ['QUEUED', 'RUNNING'] },
      cancelRequestedAt: null,
      input: { path: ['backupId'], equals: backupId },
    },
  });
}

/** How often, and when last, drills of the backup have ended since `since`. */
export async function endedDrills(
  db: VaultTransaction,
  backupId: string,
  since: Date,
): Promise<{ count: number; last: Date | null }> {
  const ended = await db.job.aggregate({
    where: {
      kind: 'VERIFY_BACKUP',
      endedAt: { gte: since },
      input: { path: ['backupId'], equals: backupId },
    },
    _count: true,
    _max: { endedAt: true },
  });
  return { count: ended._count, last: ended._max.endedAt };
}

/**
 * The schema that a claim of a drill's job works in. Who reads it knows whose it is: housekeeping drops
 * those whose job does not run under that claim any more.
 */
export function drillSchema(job: Pick<Job, 'id' | 'fencingToken'>): string {
  const token = job.fencingToken.toString(16).padStart(8, '0');
  return `${DRILL_PREFIX}${job.id.replaceAll('-', '')}${token}`;
}

const DRILL_PREFIX = 'plant_drill_';

/** Of these schemas of drills, those in which nobody works any more. */
export async function abandonedDrills(
  db: VaultTransaction,
  schemas: readonly string[],
): Promise<string[]> {
  if (schemas.length === 0) return [];
  const running = await db.job.findMany({
    where: { kind: 'VERIFY_BACKUP', status: 'RUNNING' },
    select: { id: true, fencingToken: true },
  });
  const claimed = new Set(running.map(drillSchema));
  return schemas.filter((schema) => !claimed.has(schema));
}
