import type { Failure } from '#errors';
import { type Job, Prisma } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { failureColumn } from '#vault/failures.ts';

/** Backups that their last restore test brought back whole. */
export const tested = { testedAt: { not: null }, testFailedAt: null } as const;

/** The newest backup that is tested, and the newest automatic one. */
export async function lastTestedIds(db: VaultTransaction): Promise<string[]> {
  const found = await db.$queryRaw<{ id: string }[]>`
    (SELECT id FROM vault.backup
      WHERE status = 'READY' AND tested_at IS NOT NULL AND test_failed_at IS NULL
      ORDER BY coalesce(scheduled_for, created_at) DESC, id DESC LIMIT 1)
    UNION
    (SELECT id FROM vault.backup
      WHERE status = 'READY' AND tested_at IS NOT NULL AND test_failed_at IS NULL AND kind = 'AUTOMATIC'
      ORDER BY coalesce(scheduled_for, created_at) DESC, id DESC LIMIT 1)`;
  return found.map(({ id }) => id);
}

/** Writes down that the backup comes back, and how long that takes. */
export async function markTested(
  tx: VaultTransaction,
  id: string,
  restoreSeconds: number,
): Promise<void> {
  await tx.backup.update({
    where: { id },
    data: {
      testedAt: new Date(),
      restoreSeconds,
      testFailedAt: null,
      testError: Prisma.DbNull,
    },
  });
}

/** Writes down that the backup does not come back, and what is wrong with it. Does nothing where it is gone. */
export async function markRestoreTestFailed(
  tx: VaultTransaction,
  id: string,
  failure: Failure,
): Promise<void> {
  const data = { testFailedAt: new Date(), testError: failureColumn(failure) };
  await tx.backup.updateMany({ where: { id }, data });
}

/** As `markRestoreTestFailed`, where nothing is said against the backup yet; answers whether that was so. */
export async function markFirstFailure(
  tx: VaultTransaction,
  id: string,
  failure: Failure,
): Promise<boolean> {
  await tx.$queryRaw`SELECT id FROM vault.backup WHERE id = ${id}::uuid FOR UPDATE`;
  const said = await tx.backup.count({ where: { id, testFailedAt: { not: null } } });
  if (said === 0) await markRestoreTestFailed(tx, id, failure);
  return said === 0;
}

/** The restore test of the backup that is queued or runs and that nobody cancelled; null where there is none. */
export function activeRestoreTest(db: VaultTransaction, backupId: string): Promise<Job | null> {
  return db.job.findFirst({
    where: {
      kind: 'TEST_BACKUP',
      status: { in: ['QUEUED', 'RUNNING'] },
      cancelRequestedAt: null,
      input: { path: ['backupId'], equals: backupId },
    },
  });
}

/** How often, and when last, restore tests of the backup have ended since `since`. */
export async function endedRestoreTests(
  db: VaultTransaction,
  backupId: string,
  since: Date,
): Promise<{ count: number; last: Date | null }> {
  const ended = await db.job.aggregate({
    where: {
      kind: 'TEST_BACKUP',
      endedAt: { gte: since },
      input: { path: ['backupId'], equals: backupId },
    },
    _count: true,
    _max: { endedAt: true },
  });
  return { count: ended._count, last: ended._max.endedAt };
}

/**
 * The schema that a claim of a restore test's job works in. Who reads it knows whose it is: housekeeping drops
 * those whose job does not run under that claim any more.
 */
export function testSchema(job: Pick<Job, 'id' | 'fencingToken'>): string {
  const token = job.fencingToken.toString(16).padStart(8, '0');
  return `${TEST_SCHEMA_PREFIX}${job.id.replaceAll('-', '')}${token}`;
}

const TEST_SCHEMA_PREFIX = 'plant_test_';

/** Of these schemas of restore tests, those in which nobody works any more. */
export async function abandonedRestoreTests(
  db: VaultTransaction,
  schemas: readonly string[],
): Promise<string[]> {
  if (schemas.length === 0) return [];
  const running = await db.job.findMany({
    where: { kind: 'TEST_BACKUP', status: 'RUNNING' },
    select: { id: true, fencingToken: true },
  });
  const claimed = new Set(running.map(testSchema));
  return schemas.filter((schema) => !claimed.has(schema));
}
