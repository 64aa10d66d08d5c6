import { randomUUID } from 'node:crypto';
import { FiberkeepError, failureOf, storedFailure } from '#errors';
import type { Night } from '#generated/vault/client.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { hasNightSince } from '../health/health-rows.ts';
import type { SpaceNews } from '../health/space-changed.ts';
import type { RestoreTestEnd } from '../restore-tests/restore-test-ended.ts';
import type { NightNews } from '../schedule/night-ended.ts';
import type { Moment } from '../schedule/night-times.ts';
import type { OverdueState } from './notification-kinds.ts';
import { notify } from './notify.ts';
import { newestOccurrence } from './outbox-rows.ts';

/** Tells of a night that failed, of nights that were missed, and of the first good one after them. */
export async function tellOfNight(tx: VaultTransaction, news: NightNews): Promise<void> {
  if (news.kind === 'FAILED') return tellOfFailure(tx, news.night);
  if (news.kind === 'MISSED') return tellOfMissed(tx, news.nights);
  if (!news.recovered) return;
  const { id, localDate } = news.night;
  await notify(tx, {
    event: 'RECOVERED',
    occurrence: `night-recovered:${id}`,
    data: { what: 'NIGHT', name: dateOf(localDate) },
  });
}

async function tellOfFailure(tx: VaultTransaction, night: Night): Promise<void> {
  await notify(tx, {
    event: 'NIGHT_FAILED',
    occurrence: `night-failed:${night.id}`,
    data: {
      night: dateOf(night.localDate),
      scheduledFor: night.scheduledFor.toISOString(),
      attempts: night.attempts,
      error: storedFailure(night.error) ?? failureOf(new FiberkeepError('INTERNAL')),
    },
  });
}

async function tellOfMissed(tx: VaultTransaction, nights: readonly Night[]): Promise<void> {
  const newest = nights.at(-1);
  if (!newest) return;
  await notify(tx, {
    event: 'NIGHT_MISSED',
    occurrence: `night-missed:${newest.id}`,
    data: { nights: nights.map(({ localDate }) => dateOf(localDate)) },
  });
}

const NIGHT_OVERDUE = 'night-overdue:';

/** Tells of a night that should have its backup by now; known by its date, because it may have no row. */
export async function tellOfOverdue(
  tx: VaultTransaction,
  { localDate, at }: Moment,
  state: OverdueState,
): Promise<void> {
  await notify(tx, {
    event: 'NIGHT_OVERDUE',
    occurrence: `${NIGHT_OVERDUE}${localDate}`,
    data: { night: localDate, scheduledFor: at.toISOString(), state },
  });
}

/** Whether this night's success is the first since the last night that was told to be overdue. */
export async function isEndOfOverdue(tx: VaultTransaction, night: Night): Promise<boolean> {
  const newest = await newestOccurrence(tx, [NIGHT_OVERDUE]);
  const since = newest?.slice(NIGHT_OVERDUE.length);
  if (since === undefined || dateOf(night.localDate) < since) return false;
  return !(await hasNightSince(tx, since, night.id));
}

const RESTORE_TEST_FAILED = 'restore-test-failed:';
const RESTORE_TEST_RECOVERED = 'restore-test-recovered:';

/** Tells of a backup that does not come back, and of the first restore test after that which went well. */
export async function tellOfRestoreTest(tx: VaultTransaction, news: RestoreTestEnd): Promise<void> {
  const { backup, jobId, outcome, error } = news;
  const { id, name, createdAt } = backup;
  if (outcome === 'FAILED' && error)
    await notify(tx, {
      event: 'RESTORE_TEST_FAILED',
      occurrence: `${RESTORE_TEST_FAILED}${jobId}`,
      data: { backup: { id, name, createdAt: createdAt.toISOString() }, error },
    });
  if (outcome === 'TESTED' && (await wasLastTold(tx)))
    await notify(tx, {
      event: 'RECOVERED',
      occurrence: `${RESTORE_TEST_RECOVERED}${jobId}`,
      data: { what: 'RESTORE_TEST', name },
    });
}

/** Whether the newest that was told of restore tests is that one failed. */
async function wasLastTold(tx: VaultTransaction): Promise<boolean> {
  const newest = await newestOccurrence(tx, [RESTORE_TEST_FAILED, RESTORE_TEST_RECOVERED]);
  return newest?.startsWith(RESTORE_TEST_FAILED) ?? false;
}

/** Tells that the disk came to a worse level; that it is better again needs nobody at night. */
export async function tellOfSpace(tx: VaultTransaction, news: SpaceNews): Promise<void> {
  if (levels.indexOf(news.to) <= levels.indexOf(news.from)) return;
  await notify(tx, {
    event: 'DISK_NEARLY_FULL',
    occurrence: `disk:${randomUUID()}`,
    data: { freeBytes: news.freeBytes?.toString() ?? null, daysUntilFull: news.daysUntilFull },
  });
}

const levels: readonly SpaceNews['to'][] = ['OK', 'LOW', 'FULL'];

/** Of a DATE column, which Prisma reads as midnight UTC. */
function dateOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
