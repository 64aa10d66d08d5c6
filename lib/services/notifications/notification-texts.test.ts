import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, test } from 'vitest';
import { locales } from '#errors';
import type { NotificationData, NotificationKind } from './notification-kinds.ts';
import { notificationText, notificationTexts } from './notification-texts.ts';

const error = {
  code: 'ALREADY_HERE',
  reason: 'alreadyHere',
  params: { name: 'Other' },
  hint: null,
} as const;

const samples: { readonly [K in NotificationKind]: NotificationData[K] } = {
  NIGHT_FAILED: { night: '2026-11-20', scheduledFor: '2026-11-20T05:00:00Z', attempts: 3, error },
  NIGHT_MISSED: { nights: ['2026-11-20', '2026-11-21'] },
  NIGHT_OVERDUE: {
    night: '2026-11-20',
    scheduledFor: '2026-11-20T05:00:00Z',
    state: 'RUNNING',
  },
  RECOVERED: { what: 'RESTORE_TEST', name: 'A {name} of <b>ours</b>' },
  RESTORE_TEST_FAILED: {
    backup: { id: 'b', name: 'Two\nlines', createdAt: '2026-11-20T05:00:00Z' },
    error,
  },
  NOT_RESTORABLE: {
    backup: { id: 'b', name: 'Monday', createdAt: '2026-11-20T05:00:00Z' },
    tables: [{ table: 'notes', columns: null, reason: 'MADE_BY_HAND' }],
  },
  UNUSUAL_CHANGES: {
    backup: { id: 'b', name: 'Monday', createdAt: '2026-11-20T05:00:00Z' },
    since: 'a',
    changed: 3,
    removed: 1_200,
    usualChanged: 40,
    usualRemoved: 2,
  },
  ROWS_DIFFER: {
    backup: { id: 'b', name: 'Monday', createdAt: '2026-11-20T05:00:00Z' },
    tables: ['pole', 'client'],
  },
  DISK_NEARLY_FULL: { freeBytes: '1500000000', daysUntilFull: 1, lack: null },
  EXTERNAL_FAILED: {
    destination: { id: 'd', name: 'NAS' },
    since: '2026-11-20T05:00:00Z',
    error,
  },
  EXTERNAL_OVERDUE: { destination: { id: 'd', name: 'NAS' }, newest: null },
  EXTERNAL_DAMAGED: { destination: { id: 'd', name: 'NAS' }, objects: 2 },
  TEST: { by: 'Ana' },
};

function written<K extends NotificationKind>(kind: K, locale: (typeof locales)[number]): string[] {
  const { subject, lines } = notificationText(kind, samples[kind], locale);
  return [subject, ...lines];
}

describe.each(locales)('in %s', (locale) => {
  test('has the texts of English, and each is ICU MessageFormat', () => {
    const keys = (of: (typeof locales)[number]) =>
      Object.entries(notificationTexts[of]).map(([kind, texts]) => [kind, Object.keys(texts)]);
    expect(keys(locale)).toEqual(keys('en'));
    for (const texts of Object.values(notificationTexts[locale]))
      for (const text of Object.values(texts))
        expect(() => new IntlMessageFormat(text, locale)).not.toThrow();
  });

  test.each(Object.keys(samples) as NotificationKind[])('%s fills every line', (kind) => {
    for (const line of written(kind, locale)) expect(line.trim()).not.toBe('');
    if (kind !== 'RECOVERED') expect(written(kind, locale).join()).not.toMatch(/[{}]/);
  });
});

test('a failure is told in the language of the message, and what to do next', () => {
  expect(written('NIGHT_FAILED', 'pt-BR')).toEqual([
    'O backup da noite de 2026-11-20 falhou',
    'As 3 tentativas falharam: Este backup já está aqui: é “Other”.',
    'Use o que está aqui.',
    'Os backups anteriores estão íntegros. O próximo backup será feito conforme o agendamento.',
  ]);
});

test('names stand in it as they are, and no line of a subject becomes a header', () => {
  expect(written('RECOVERED', 'en')[1]).toBe(
    'The backup “A {name} of <b>ours</b>” passed its restore test.',
  );
  expect(written('RESTORE_TEST_FAILED', 'en')[0]).toBe('A backup cannot be restored: Two lines');
  expect(written('RESTORE_TEST_FAILED', 'en')[1]).toContain('of Nov 20, 2026, 5:00 AM UTC failed');
});

test('one night and one day are told as one', () => {
  expect(notificationText('NIGHT_MISSED', { nights: ['2026-11-20'] }, 'es').subject).toBe(
    'Sin copia en la noche del 2026-11-20',
  );
  expect(written('DISK_NEARLY_FULL', 'en').slice(1, 3)).toEqual([
    '1.5 GB are free.',
    'At the current rate it will be full in about 1 day.',
  ]);
});
