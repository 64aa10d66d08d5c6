import type { Locale } from './locale.ts';

/** In which language and time zone moments are written. */
export interface Writing {
  readonly locale: Locale;
  /** The schedule's zone. */
  readonly timeZone: string;
  /** The reader's own zone; undefined where it is not known. */
  readonly ownZone?: string | undefined;
}

type Style = Pick<Intl.DateTimeFormatOptions, 'dateStyle' | 'timeStyle'>;

const MEDIUM: Style = { dateStyle: 'medium', timeStyle: 'short' };

/** A moment in the schedule's zone. Its zone is named unless the reader's clock shows the same then. */
export function momentText(moment: Date, writing: Writing, style: Style = MEDIUM): string {
  const { locale, timeZone } = writing;
  const text = formatOf(locale, { ...style, timeZone }).format(moment);
  const zone = style.timeStyle ? zoneName(moment, writing) : '';
  return zone === '' ? text : `${text} ${zone}`;
}

/** The short name of the schedule's zone at a moment; empty if the reader's clock shows the same then. */
export function zoneName(moment: Date, { locale, timeZone, ownZone }: Writing): string {
  if (ownZone !== undefined && offsetText(moment, ownZone) === offsetText(moment, timeZone))
    return '';
  return zonePart(moment, locale, { timeZone, timeZoneName: 'short' });
}

/** How far a zone is from UTC at a moment: `-03:00`. */
export function offsetText(moment: Date, timeZone: string): string {
  const name = zonePart(moment, 'en', { timeZone, timeZoneName: 'longOffset' });
  return name.slice('GMT'.length) || '+00:00';
}

function zonePart(moment: Date, locale: string, options: Intl.DateTimeFormatOptions): string {
  const parts = formatOf(locale, options).formatToParts(moment);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making one takes much longer than using it. */
function formatOf(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, options);
  formats.set(key, format);
  return format;
}
