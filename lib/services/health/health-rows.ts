import type { Backup, Job, Night } from '#generated/vault/client.ts';
import { unreadableBackupId } from '#vault/chunk-sweep.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { backupsDatedAhead, newestBackup } from '../backups/newest-rows.ts';
import { newestUnusual } from '../changes/changes-rows.ts';
import { tested } from '../restore-tests/restore-test-rows.ts';
import { readTrust } from '../row-maps/row-map-rows.ts';
import { NIGHTLY } from '../schedule/ledger-rows.ts';
import { newestNight } from '../schedule/night-rows.ts';
import { newestEndedSlot } from '../schedule/slot-rows.ts';

/** Backups of the network in use: not of a replaced one (SAFETY), and not from elsewhere (UPLOADED). */
const ofThisNetwork = { kind: { in: ['MANUAL', 'AUTOMATIC', 'INTRADAY'] } };

/** The rows that the health of the server follows from. */
export interface HealthRows {
  readonly lastGood: Backup | null;
  readonly lastTested: Backup | null;
  readonly lastAutomatic: Backup | null;
  /** Backups that a wrong clock dated ahead, or that seem so to one that is behind now. */
  readonly ahead: { readonly count: number; readonly latest: Date } | null;
  /** The backup whose restore test failed most recently. */
  readonly damaged: Backup | null;
  /** The newest backup in which far more changed than usual, and nobody looked yet. */
  readonly unusual: Backup | null;
  /** Rows that were not what the row map said, until somebody looked. */
  readonly differing: {
    readonly at: Date;
    readonly tables: readonly string[];
    readonly backup: Backup | null;
  } | null;
  /** The newest night in the ledger. */
  readonly night: Night | null;
  /** The newest backup between nights that succeeded or failed. */
  readonly slot: Night | null;
  /** The last sweep that ended. */
  readonly sweep: Job | null;
  /** The backup that this sweep could not read. */
  readonly unreadable: Backup | null;
}

export async function readHealthRows(db: VaultTransaction, now: Date): Promise<HealthRows> {
  const { backup, job } = db;
  const [lastGood, lastTested, lastAutomatic, ahead, damaged, unusual, night, slot, sweep] =
    await Promise.all([
      newestBackup(db, now, ofThisNetwork),
      newestBackup(db, now, { ...ofThisNetwork, ...tested }),
      newestBackup(db, now, { kind: 'AUTOMATIC' }),
      backupsDatedAhead(db, now),
      backup.findFirst({
        where: { status: 'READY', testFailedAt: { not: null } },
        orderBy: { testFailedAt: 'desc' },
      }),
      newestUnusual(db, now),
      newestNight(db, now),
      newestEndedSlot(db, now),
      job.findFirst({
        where: { kind: 'SWEEP', status: { in: ['SUCCEEDED', 'FAILED'] } },
        orderBy: { endedAt: 'desc' },
      }),
    ]);
  const unreadableId = sweep && unreadableBackupId(sweep);
  const unreadable = unreadableId
    ? await backup.findFirst({ where: { id: unreadableId, status: 'READY' } })
    : null;
  const differing = await readDiffering(db);
  return {
    lastGood,
    lastTested,
    lastAutomatic,
    ahead,
    damaged,
    unusual,
    differing,
    night,
    slot,
    sweep,
    unreadable,
  };
}

async function readDiffering(db: VaultTransaction): Promise<HealthRows['differing']> {
  const { distrustedAt: at, tables, backupId } = await readTrust(db);
  if (!at) return null;
  const backup =
    backupId && (await db.backup.findFirst({ where: { id: backupId, status: 'READY' } }));
  return { at, tables, backup: backup || null };
}

/** The backup's last restore test that failed or was cancelled. */
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

/** The number of backups, by kind and by whether they are tested. */
export function countBackups(
  db: VaultTransaction,
): Promise<{ readonly kind: string; readonly tested: boolean; readonly count: number }[]> {
  return db.$queryRaw`
    SELECT kind, tested_at IS NOT NULL AND test_failed_at IS NULL AS tested, count(*)::int AS count
      FROM vault.backup WHERE status = 'READY' GROUP BY 1, 2`;
}

/** The number of rows with a status. */
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
