import type { Failure } from '#errors';
import { type Backup, type Job, Prisma } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { failureColumn } from '#vault/failures.ts';
import { latestDate, newestBackup } from '../backups/newest-rows.ts';
import { abandonedJobSchemas, jobSchema } from '../job-schema-rows.ts';

/** Backups whose last restore test succeeded. */
export const tested = { testedAt: { not: null }, testFailedAt: null } as const;

/** The newest tested backup, and the newest tested automatic one, of those that are not dated ahead. */
export async function lastTestedIds(db: VaultTransaction, now: Date): Promise<string[]> {
  const isTested = Prisma.sql`status = 'READY' AND tested_at IS NOT NULL AND test_failed_at IS NULL
    AND created_at <= ${latestDate(now)}`;
  const found = await db.$queryRaw<{ id: string }[]>`
    (SELECT id FROM vault.backup
      WHERE ${isTested} ORDER BY coalesce(scheduled_for, created_at) DESC, id DESC LIMIT 1)
    UNION
    (SELECT id FROM vault.backup
      WHERE ${isTested} AND kind = 'AUTOMATIC' ORDER BY coalesce(scheduled_for, created_at) DESC, id DESC LIMIT 1)`;
  return found.map(({ id }) => id);
}

/** Records that the backup can be restored, and how long that takes. */
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

/** Records that the backup cannot be restored, and why. Does nothing if the backup is gone. */
export async function markRestoreTestFailed(
  tx: VaultTransaction,
  id: string,
  failure: Failure,
): Promise<void> {
  const data = { testFailedAt: new Date(), testError: failureColumn(failure) };
  await tx.backup.updateMany({ where: { id }, data });
}

/** As `markRestoreTestFailed`, unless the backup has failed before. Returns whether this was the first failure. */
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

/** The backup's restore test that is queued or running and not being cancelled; null if there is none. */
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

/** The newest automatic backup; null if there is none. */
export function newestAutomaticBackup(db: VaultTransaction, now: Date): Promise<Backup | null> {
  return newestBackup(db, now, { kind: 'AUTOMATIC' });
}

/** Of these backups, those whose restore tests have had no result. */
export function untestedBackups(db: VaultTransaction, ids: readonly string[]): Promise<Backup[]> {
  return db.backup.findMany({
    where: {
      status: 'READY',
      testedAt: null,
      testFailedAt: null,
      id: { in: [...ids] },
    },
  });
}

/** The backup, if it still exists. */
export function readyBackup(db: VaultTransaction, id: string): Promise<Backup | null> {
  return db.backup.findFirst({ where: { id, status: 'READY' } });
}

/** The backup, even while it is being removed. */
export function backupById(db: VaultTransaction, id: string): Promise<Backup | null> {
  return db.backup.findUnique({ where: { id } });
}

/** Whether a backup or a stage is being made, or is due. */
export async function isUrgentJob(db: VaultTransaction): Promise<boolean> {
  const urgent = await db.job.count({
    where: {
      kind: { in: ['COMPARE', 'CREATE_BACKUP', 'STAGE_RESTORE'] },
      OR: [{ status: 'RUNNING' }, { status: 'QUEUED', notBefore: { lte: new Date() } }],
    },
  });
  return urgent > 0;
}

/** How many restore tests of the backup have ended since `since`, and when the last one did. */
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

const TEST_SCHEMA_PREFIX = 'plant_test_';

/** The schema that one claim of a restore test's job works in. */
export function testSchema(job: Pick<Job, 'id' | 'fencingToken'>): string {
  return jobSchema(TEST_SCHEMA_PREFIX, job);
}

/** Of these schemas of restore tests, those whose claim has ended. */
export function abandonedRestoreTests(
  db: VaultTransaction,
  schemas: readonly string[],
): Promise<string[]> {
  const kinds = ['TEST_BACKUP', 'TEST_COPY'];
  return abandonedJobSchemas(db, { prefix: TEST_SCHEMA_PREFIX, kinds }, schemas);
}
