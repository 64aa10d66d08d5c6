import { Temporal } from 'temporal-polyfill';
import type { Backup, Night } from '../../../generated/vault/client.ts';
import { RewindError } from '../../errors/index.ts';
import { nearestMoments, newestNightBackup, nightOfDate, nightsAt } from '../../vault/nights.ts';
import { authorInIfAny, authorText } from '../authors.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { localDateText, readLocalDate } from './night-queries.ts';

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
export const NIGHT_RETRY_SECONDS = 60;

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
  throw new RewindError(
    'BAD_REQUEST',
    `“${text.slice(0, MOST_SHOWN)}” is not the moment of a night.`,
    {
      hint: 'It takes an instant with its offset (2026-11-22T05:00:00.000Z, or 2026-11-22T02:00-03:00), a local date (2026-11-22), or latest.',
    },
  );
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
  const nearest = asked.kind === 'latest' ? [] : await nearestMoments(server.vault, asked.at);
  const extra = { nearest: nearest.map((at) => at.toISOString()) };
  const hint =
    nearest.length > 0
      ? `The nearest there are: ${extra.nearest.join(', ')}.`
      : 'There is no automatic backup yet. GraphQL `schedule { nextRun { at } }` says when the next one is made.';
  const night = nights.find(({ status }) => status === 'RUNNING' || status === 'WAITING');
  if (night) return stillRunning(night);
  const removed = nights.find(({ status }) => status === 'SUCCEEDED');
  if (removed) return new RewindError('BACKUP_REMOVED', removalOf(removed), { hint, extra });
  return new RewindError('NOT_FOUND', absenceOf(asked, text, nights[0]), { hint, extra });
}

function stillRunning(night: Night): RewindError {
  const date = localDateText(night);
  if (night.nextAttemptAt)
    return new RewindError('NIGHT_RUNNING', `The backup of ${date} has failed so far.`, {
      hint: `It is tried again at ${night.nextAttemptAt.toISOString()}. What went wrong: ${night.errorMessage}`,
    });
  return new RewindError('NIGHT_RUNNING', `The backup of ${date} is being made.`, {
    hint: `Ask again in ${NIGHT_RETRY_SECONDS} seconds.`,
  });
}

/** Retention acts as the server itself. */
function removalOf(night: Night): string {
  const when = night.removedAt ? ` on ${night.removedAt.toISOString().slice(0, 10)}` : '';
  const remover = authorInIfAny(night, 'removedBy');
  const by = !remover || remover.kind === 'SERVER' ? 'retention' : authorText(remover);
  return `The backup of ${localDateText(night)} was removed${when} by ${by}.`;
}

function absenceOf(asked: Asked, text: string, night: Night | undefined): string {
  if (asked.kind === 'latest') return 'There is no automatic backup.';
  if (night?.status === 'MISSED')
    return `There is no backup of ${localDateText(night)}: the server was down that night.`;
  if (night) return `There is no backup of ${localDateText(night)}: ${night.errorMessage}`;
  return `There is no automatic backup of ${text}.`;
}
