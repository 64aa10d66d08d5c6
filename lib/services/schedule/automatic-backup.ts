import { Temporal } from 'temporal-polyfill';
import { type Failure, FiberkeepError, failureOf, storedFailure } from '#errors';
import type { Backup, Night } from '#generated/vault/client.ts';
import { authorInIfAny, authorText } from '../authors.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { localDateText, readLocalDate } from './night-queries.ts';
import {
  backupOfNight,
  backupScheduledFor,
  nearestMoments,
  newestNightBackup,
  nightOfDate,
  nightsAt,
} from './night-rows.ts';

/** How a night's backup is asked for. */
type Asked =
  | { readonly kind: 'latest' }
  | { readonly kind: 'date'; readonly at: Date }
  /** `whole`: it is a whole number of milliseconds. */
  | { readonly kind: 'instant'; readonly at: Date; readonly whole: boolean };

/** RFC 3339 with optional seconds. The offset is required, because a local time means something else in each zone. */
const INSTANT =
  /^[12]\d{3}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)$/;

/** An error repeats this many characters of a text that is not a moment. */
const MOST_SHOWN = 60;

/** How long a client should wait for a night that is still running. */
const NIGHT_RETRY_SECONDS = 60;

/**
 * The backup of a night. `at`: its scheduled instant in any form of RFC 3339, its local date, or `latest` for the
 * newest. Throws BAD_REQUEST for any other text, NOT_FOUND with the nearest instants that have a backup,
 * NIGHT_RUNNING, and BACKUP_REMOVED.
 */
export async function findAutomaticBackup(
  server: Server,
  _permit: Permit<'backup.view'> | Permit<'backup.download'>,
  at: string,
): Promise<Backup> {
  const asked = readAt(at);
  const nights = await nightsOf(server, asked);
  for (const night of nights) {
    const backup = await backupOfNight(server.vault, night);
    if (backup) return backup;
  }
  const unlisted = asked.kind === 'instant' && asked.whole;
  const backup = unlisted ? await backupScheduledFor(server.vault, asked.at) : null;
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

async function nightsOf({ vault, now }: Server, asked: Asked): Promise<Night[]> {
  // Nights are scheduled at whole milliseconds.
  if (asked.kind === 'instant') return asked.whole ? nightsAt(vault, asked.at) : [];
  const night =
    asked.kind === 'date'
      ? await nightOfDate(vault, localDateText({ localDate: asked.at }))
      : await newestNightBackup(vault, now());
  return night ? [night] : [];
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
