import type { Backup, Job, Night } from '#generated/vault/client.ts';
import { unreadableBackupId } from '#vault/chunk-sweep.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { tested } from '../restore-tests/restore-test-rows.ts';
import { NIGHTLY } from '../schedule/ledger-rows.ts';

const newestFirst = [{ createdAt: 'desc' as const }, { id: 'desc' as const }];
/** Of the network that people work on: neither of one that was replaced, nor from elsewhere. */
const ofThisNetwork = { status: 'READY', kind: { in: ['MANUAL', 'AUTOMATIC'] } };

/** The backups and nights by which one tells how things stand. */
export interface HealthRows {
  readonly lastGood: Backup | null;
  readonly lastTested: Backup | null;
  readonly lastAutomatic: Backup | null;
  /** The one of which a restore test said last that it does not come back. */
  readonly damaged: Backup | null;
  /** The newest night that was entered. */
  readonly night: Night | null;
  /** The sweep that ended last. */
  readonly sweep: Job | null;
  /** The backup that it could not read. */
  readonly unreadable: Backup | null;
}

export async function readHealthRows({
  backup,
  night,
  job,
}: Pick<VaultTransaction, 'backup' | 'night' | 'job'>): Promise<HealthRows> {
  const [lastGood, lastTested, lastAutomatic, damaged, newestNight, sweep] = await Promise.all([
    backup.findFirst({ where: ofThisNetwork, orderBy: newestFirst }),
    backup.findFirst({ where: { ...ofThisNetwork, ...tested }, orderBy: newestFirst }),
    backup.findFirst({ where: { status: 'READY', kind: 'AUTOMATIC' }, orderBy: newestFirst }),
    backup.findFirst({
      where: { status: 'READY', testFailedAt: { not: null } },
      orderBy: { testFailedAt: 'desc' },
    }),
    night.findFirst({ where: { policy: NIGHTLY }, orderBy: { localDate: 'desc' } }),
    job.findFirst({
      where: { kind: 'SWEEP', status: { in: ['SUCCEEDED', 'FAILED'] } },
      orderBy: { endedAt: 'desc' },
    }),
  ]);
  const unreadableId = sweep && unreadableBackupId(sweep);
  const unreadable = unreadableId
    ? await backup.findFirst({ where: { id: unreadableId, status: 'READY' } })
    : null;
  return { lastGood, lastTested, lastAutomatic, damaged, night: newestNight, sweep, unreadable };
}

/** Whether a night of this date or a later one, another than `except`, has its backup. */
export async function hasNightSince(
  db: VaultTransaction,
  localDate: string,
  except?: string,
): Promise<boolean> {
  const found = await db.night.count({
    where: {
      ...{ policy: NIGHTLY, status: 'SUCCEEDED', localDate: { gte: new Date(localDate) } },
      ...(except !== undefined && { id: { not: except } }),
    },
  });
  return found > 0;
}

/** The restore test of the backup that ended last. */
export function lastRestoreTest(db: VaultTransaction, backupId: string): Promise<Job | null> {
  return db.job.findFirst({
    where: {
      kind: 'TEST_BACKUP',
      status: { in: ['FAILED', 'CANCELLED'] },
      input: { path: ['backupId'], equals: backupId },
    },
    orderBy: { endedAt: 'desc' },
  });
}

/** How many backups there are, by kind and by whether they are tested. */
export function countBackups(
  db: VaultTransaction,
): Promise<{ readonly kind: string; readonly tested: boolean; readonly count: number }[]> {
  return db.$queryRaw`
    SELECT kind, tested_at IS NOT NULL AND test_failed_at IS NULL AS tested, count(*)::int AS count
      FROM vault.backup WHERE status = 'READY' GROUP BY 1, 2`;
}

/** How many rows each status has. */
export interface StatusCount {
  readonly status: string;
  readonly count: number;
}

export function countNights(db: VaultTransaction): Promise<StatusCount[]> {
  return db.$queryRaw`SELECT status, count(*)::int AS count FROM vault.night WHERE policy = ${NIGHTLY} GROUP BY 1`;
}

export function countJobs(db: VaultTransaction): Promise<StatusCount[]> {
  return db.$queryRaw`SELECT status, count(*)::int AS count FROM vault.job GROUP BY 1`;
}
