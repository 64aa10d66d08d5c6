import { validationError } from '#errors';
import type { Night } from '#generated/vault/client.ts';
import { decodeCursor, encodeCursor, invalidCursor, type Page, pageOf, pageSize } from '../page.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { NIGHTLY } from './ledger-rows.ts';

const TWO_MONTHS = 62;

export interface NightListInput {
  /** Local dates, YYYY-MM-DD, both included */
  readonly from?: string | null;
  readonly to?: string | null;
  readonly first?: number | null;
  readonly after?: string | null;
}

/** What came of the nights of these dates, newest first. Throws VALIDATION_FAILED. */
export async function listNights(
  { vault }: Server,
  _permit: Permit<'backup.view'>,
  input: NightListInput,
): Promise<Page<Night>> {
  const size = pageSize(input.first, TWO_MONTHS);
  const localDate = { gte: dateIn('from', input.from), lte: dateIn('to', input.to) };
  const found = { policy: NIGHTLY, localDate };
  const [nights, totalCount] = await Promise.all([
    vault.night.findMany({
      where: { AND: [found, earlierThan(input.after)] },
      orderBy: { localDate: 'desc' },
      take: size + 1,
    }),
    vault.night.count({ where: found }),
  ]);
  return pageOf(nights, size, totalCount);
}

/** One night of the ledger; throws where there is none. */
export function findNight(
  { vault }: Server,
  _permit: Permit<'backup.view'>,
  id: string,
): Promise<Night> {
  return vault.night.findUniqueOrThrow({ where: { id } });
}

export function nightCursor(night: Night): string {
  return encodeCursor(localDateText(night));
}

/** YYYY-MM-DD */
export function localDateText({ localDate }: Pick<Night, 'localDate'>): string {
  return localDate.toISOString().slice(0, 10);
}

/** A calendar date of the years 1000 to 2999, as PostgreSQL and JavaScript both take it; null for other texts. */
export function readLocalDate(text: string): Date | null {
  if (!/^[12]\d{3}-\d\d-\d\d$/.test(text)) return null;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text ? null : date;
}

function dateIn(path: string, text: string | null | undefined): Date | undefined {
  if (text == null) return undefined;
  const date = readLocalDate(text);
  if (!date) throw validationError([{ path, reason: 'date' }]);
  return date;
}

function earlierThan(after: string | null | undefined) {
  const key = decodeCursor(after, 1);
  if (!key) return {};
  const date = readLocalDate(key[0] ?? '');
  if (!date) throw invalidCursor();
  return { localDate: { lt: date } };
}
