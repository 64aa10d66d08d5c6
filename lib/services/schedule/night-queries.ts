import { validationError } from '#errors';
import type { Night } from '#generated/vault/client.ts';
import { decodeCursor, encodeCursor, invalidCursor, type Page, pageOf, pageSize } from '../page.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { findNights, nightById } from './night-rows.ts';
import { dateText } from './night-times.ts';

const TWO_MONTHS = 62;

export interface NightListInput {
  /** Local dates, YYYY-MM-DD, both included */
  readonly from?: string | null;
  readonly to?: string | null;
  readonly first?: number | null;
  readonly after?: string | null;
}

/** The nights of these dates and how they ended, newest first. Throws VALIDATION_FAILED. */
export async function listNights(
  { vault }: Server,
  _permit: Permit<'backup.view'>,
  input: NightListInput,
): Promise<Page<Night>> {
  const size = pageSize(input.first, TWO_MONTHS);
  const dates = { from: dateIn('from', input.from), to: dateIn('to', input.to) };
  const before = dateInCursor(input.after);
  const { nights, totalCount } = await findNights(vault, dates, before, size + 1);
  return pageOf(nights, size, totalCount);
}

/** One night of the ledger; throws if there is none. */
export function findNight(
  { vault }: Server,
  _permit: Permit<'backup.view'>,
  id: string,
): Promise<Night> {
  return nightById(vault, id);
}

export function nightCursor(night: Night): string {
  return encodeCursor(localDateText(night));
}

/** YYYY-MM-DD */
export function localDateText({ localDate }: Pick<Night, 'localDate'>): string {
  return dateText(localDate);
}

/** A calendar date of the years 1000 to 2999, which PostgreSQL and JavaScript both accept; null for other texts. */
export function readLocalDate(text: string): Date | null {
  if (!/^[12]\d{3}-\d\d-\d\d$/.test(text)) return null;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) || dateText(date) !== text ? null : date;
}

function dateIn(path: string, text: string | null | undefined): Date | undefined {
  if (text == null) return undefined;
  const date = readLocalDate(text);
  if (!date) throw validationError([{ path, reason: 'date' }]);
  return date;
}

function dateInCursor(after: string | null | undefined): Date | undefined {
  const key = decodeCursor(after, 1);
  if (!key) return undefined;
  const date = readLocalDate(key[0] ?? '');
  if (!date) throw invalidCursor();
  return date;
}
