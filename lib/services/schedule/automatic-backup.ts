import { Temporal } from 'temporal-polyfill';
import { type Failure, FiberkeepError, failureOf, storedFailure } from '#errors';
import type { Backup, Night } from '#generated/vault/client.ts';
import { authorInIfAny, authorText } from '../authors.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { localDateText, readLocalDate } from './night-queries.ts';
import { nearestMoments, newestNightBackup, nightOfDate, nightsAt } from './night-rows.ts';

/** How a night's backup is asked for. */
type Asked =
  | { readonly kind: 'latest' }
  | { readonly kind: 'date'; readonly at: Date }
  /** `whole`: it is no finer than the milliseconds of `at`. */
  | { readonly kind: 'instant'; readonly at: Date; readonly whole: boolean };

/** RFC 3339, where seconds may be left out, with an offset: a time without one is another one in each zone. */
const INSTANT =
  /^[12]\d{3}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)$/;

/** Of a text that is no moment, an error repeats so many characters. */
const MOST_SHOWN = 60;

/** What a client that asked for a night that still runs should wait. */
const NIGHT_RETRY_SECONDS = 60;

/**
 * The backup of a night by `at`: the instant of its moment in any way that RFC 3339 writes it, its local date,
 * or `latest`, the newest there is. Throws BAD_REQUEST for another text, NOT_FOUND with the nearest instants
 * that have one, NIGHT_RUNNING, and BACKUP_REMOVED.
 */
export async function findAutomaticBackup(
  server: Server,
  _permit: Permit<'backup.view'> | Permit<'backup.download'>,
  at: string,
): Promise<Backup> {
  const asked = readAt(at);
  const nights = await nightsOf(server, asked);
  for (const night of nights) {
    const backup = await backupOf(server, night);
    if (backup) return backup;
  }
  const unlisted = asked.kind === 'instant' && asked.whole;
  const backup = unlisted ? await backupScheduledFor(server, asked.at) : null;
  if (backup) return backup;
  throw await missing(server, asked, at, nights);
}

function readAt(text: string): Asked {
  if (text.toLowerCase() === 'latest') return { kind: 'latest' };
  const date = readLocalDate(text);
  if (date) return { kind: 'date', at: date };
  const instant = INSTANT.test(text) ? instantOf(text.toUpperCase()) : null;
  if (instant)
    return {
      kind: 'instant',
      at: new Date(instant.epochMilliseconds),
      whole: instant.epochNanoseconds % 1_000_000n === 0n,
    };
  throw new FiberkeepError('BAD_REQUEST', {
    reason: 'notANight',
    params: { asked: text.slice(0, MOST_SHOWN) },
  });
}

function instantOf(text: string): Temporal.Instant | null {
  try {
    return Temporal.Instant.from(text);
  } catch {
    return null;
  }
}

async function nightsOf({ vault }: Server, asked: Asked): Promise<Night[]> {
  // No night begins between two milliseconds.
  if (asked.kind === 'instant') return asked.whole ? nightsAt(vault, asked.at) : [];
  const night =
    asked.kind === 'date'
      ? await nightOfDate(vault, localDateText({ localDate: asked.at }))
      : await newestNightBackup(vault);
  return night ? [night] : [];
}

async function backupOf({ vault }: Server, { backupId }: Night): Promise<Backup | null> {
  if (backupId === null) return null;
  return vault.backup.findFirst({ where: { id: backupId, status: 'READY' } });
}

/** One of a night that the ledger does not know: the catalogue was rebuilt from the manifests. */
function backupScheduledFor({ vault }: Server, at: Date): Promise<Backup | null> {
  return vault.backup.findFirst({
    where: { scheduledFor: at, kind: 'AUTOMATIC', status: 'READY' },
    orderBy: { createdAt: 'desc' },
  });
}

async function missing(server: Server, asked: Asked, text: string, nights: readonly Night[]) {
  const night = nights.find(({ status }) => status === 'RUNNING' || status === 'WAITING');
  if (night) return stillRunning(night);
  const moments = asked.kind === 'latest' ? [] : await nearestMoments(server.vault, asked.at);
  const nearest = moments.map((at) => at.toISOString());
  const removed = nights.find(({ status }) => status === 'SUCCEEDED');
  const why = removed
    ? removalOf(removed, nearest.join(', '))
    : absenceOf(asked, text, nights[0], nearest.join(', '));
  return new FiberkeepError(removed ? 'BACKUP_REMOVED' : 'NOT_FOUND', {
    ...why,
    hint: nearest.length > 0 ? 'nearestNights' : 'noNightYet',
    extra: { nearest },
  });
}

function stillRunning(night: Night): FiberkeepError {
  const date = localDateText(night);
  if (!night.nextAttemptAt)
    return new FiberkeepError('NIGHT_RUNNING', {
      reason: 'nightBeingMade',
      params: { date, seconds: NIGHT_RETRY_SECONDS },
      retryAfterSeconds: NIGHT_RETRY_SECONDS,
    });
  const nextAttemptAt = night.nextAttemptAt.toISOString();
  return new FiberkeepError('NIGHT_RUNNING', {
    reason: 'nightTriedAgain',
    params: { date, nextAttemptAt, cause: failureOfNight(night) },
    retryAfterSeconds: NIGHT_RETRY_SECONDS,
  });
}

/** Retention acts as the server itself. */
function removalOf(night: Night, nearest: string) {
  const date = localDateText(night);
  const { removedAt } = night;
  if (!removedAt) return { reason: 'nightBackupRemoved', params: { date, nearest } } as const;
  const params = { date, removedOn: removedAt.toISOString().slice(0, 10), nearest };
  const remover = authorInIfAny(night, 'removedBy');
  if (!remover || remover.kind === 'SERVER')
    return { reason: 'nightBackupRemovedByRetention', params } as const;
  return {
    reason: 'nightBackupRemovedBy',
    params: { ...params, name: authorText(remover) },
  } as const;
}

function absenceOf(asked: Asked, text: string, night: Night | undefined, nearest: string) {
  if (asked.kind === 'latest') return { reason: 'noAutomaticBackup', params: { nearest } } as const;
  if (!night) return { reason: 'noAutomaticBackupOf', params: { asked: text, nearest } } as const;
  const date = localDateText(night);
  if (night.status === 'MISSED')
    return { reason: 'nightMissed', params: { date, nearest } } as const;
  const cause = failureOfNight(night);
  return { reason: 'nightFailed', params: { date, cause, nearest } } as const;
}

function failureOfNight({ error }: Night): Failure {
  return storedFailure(error) ?? failureOf(new FiberkeepError('INTERNAL'));
}
