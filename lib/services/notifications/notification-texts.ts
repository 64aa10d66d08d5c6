import type { NotRestorable } from '#engine/ports.ts';
import { namesOf } from '#engine/restore/structure.ts';
import { errorText, type Failure, filledText, type Locale, type Params } from '#errors';
import type { NotificationData, NotificationKind } from './notification-kinds.ts';
import en from './texts/en.json' with { type: 'json' };
import es from './texts/es.json' with { type: 'json' };
import ptBR from './texts/pt-BR.json' with { type: 'json' };

type Texts = typeof en;

/** In ICU MessageFormat; a catalogue that lacks a text does not compile. */
export const notificationTexts: Readonly<Record<Locale, Texts>> = { en, 'pt-BR': ptBR, es };

/** A message's params and lines. A line is the key of a text, or a failure, which prints its hint. */
interface Outline<K extends NotificationKind> {
  readonly params: Params;
  readonly lines: readonly (keyof Texts[K] | Failure)[];
}

/** Up to this many nights are listed one by one. */
const NAMED = 14;
/** Nobody plans with a forecast for more days. */
const MOST_DAYS = 365;

const outlines: { readonly [K in NotificationKind]: (data: NotificationData[K]) => Outline<K> } = {
  NIGHT_FAILED: ({ night, attempts, error }) => ({
    params: { night, attempts, error },
    lines: ['tried', error, 'intact'],
  }),
  NIGHT_MISSED: ({ nights }) => ({
    params: { count: nights.length, first: nights[0] ?? '', nights: named(nights) },
    lines: ['named', 'intact'],
  }),
  NIGHT_OVERDUE: ({ night, state }) => ({ params: { night, state }, lines: ['state', 'look'] }),
  RECOVERED: ({ what, name }) => ({ params: { what, name }, lines: ['good'] }),
  RESTORE_TEST_FAILED: ({ backup: { name, createdAt }, error }) => ({
    params: { name, createdAt, error },
    lines: ['failed', error, 'advice'],
  }),
  NOT_RESTORABLE: ({ backup: { name, createdAt }, tables }) => ({
    params: { name, createdAt, tables: namesOf(tables), missing: hasMissing(tables) },
    lines: ['what', 'advice'],
  }),
  UNUSUAL_CHANGES: ({
    backup: { name, createdAt },
    changed,
    removed,
    usualChanged,
    usualRemoved,
  }) => ({
    params: { name, createdAt, changed, removed, usualChanged, usualRemoved },
    lines: ['what', 'advice'],
  }),
  ROWS_DIFFER: ({ backup: { name, createdAt }, tables }) => ({
    params: { name, createdAt, tables: tables.join(', ') },
    lines: ['what', 'now', 'advice'],
  }),
  DISK_NEARLY_FULL: ({ freeBytes, daysUntilFull, lack }) => ({
    params: { freeBytes: freeBytes ?? '', days: Math.floor(daysUntilFull ?? 0), ...lack },
    lines: [
      ...(freeBytes === null ? [] : ['free' as const]),
      ...(lack ? ['missing' as const] : []),
      ...(lack || daysUntilFull === null || daysUntilFull > MOST_DAYS ? [] : ['days' as const]),
      'advice',
    ],
  }),
  EXTERNAL_FAILED: ({ destination: { name }, since, error }) => ({
    params: { name, sinceAt: since, error },
    lines: ['failed', error, 'intact'],
  }),
  EXTERNAL_OVERDUE: ({ destination: { name }, newest }) => ({
    params: { name, ...(newest !== null && { newestAt: newest }) },
    lines: [newest === null ? 'none' : 'newest', 'look'],
  }),
  EXTERNAL_DAMAGED: ({ destination: { name }, objects }) => ({
    params: { name, objects },
    lines: ['what', 'advice'],
  }),
  TEST: ({ by }) => ({ params: { by }, lines: ['arrived'] }),
};

const hasMissing = (tables: readonly NotRestorable[]) =>
  tables.some(({ reason }) => reason === 'MISSING') ? 'yes' : 'no';

/** The subject and the lines of a message, in plain text; moments in this zone, which is named. */
export function notificationText<K extends NotificationKind>(
  kind: K,
  data: NotificationData[K],
  locale: Locale,
  timeZone = 'UTC',
): { readonly subject: string; readonly lines: readonly string[] } {
  const { params, lines } = outlines[kind](data);
  const texts = notificationTexts[locale][kind] as Readonly<Record<string, string>>;
  const filled = (key: string) => filledText(texts[key] ?? '', params, locale, timeZone);
  const written = lines.map((line) =>
    typeof line === 'object' ? errorText(line, locale, timeZone).hint : filled(String(line)),
  );
  return { subject: oneLine(filled('subject')), lines: written.filter((line) => line !== '') };
}

/** The subject may hold a backup's name, and a line break in it must not start a header. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function named(nights: readonly string[]): string {
  if (nights.length <= NAMED) return nights.join(', ');
  return `${nights[0]} … ${nights.at(-1)}`;
}
