import { NextIntlClientProvider } from 'next-intl';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, test } from 'vitest';
import { type Problem, problemFrom, problemOfCode } from '#app/data/problem.ts';
import { catalogues } from '#app/i18n/catalogues.ts';
import { errorText, type Locale, locales } from '#errors';
import { ProblemNote } from './problem-note.tsx';

function shown(locale: Locale, problem: Problem, shownFields: readonly string[] = []) {
  const note = createElement(ProblemNote, { problem, shownFields });
  const intl = { locale, messages: catalogues[locale], timeZone: 'UTC', children: note };
  return renderToStaticMarkup(createElement(NextIntlClientProvider, intl));
}

const here = {
  code: 'ALREADY_HERE',
  reason: 'alreadyHere',
  params: { name: 'Monday & Tuesday' },
  hint: null,
} as const;

describe.each(locales)('in %s, a failure', (locale) => {
  test.each(['TEST_FAILED', 'CHUNK_CORRUPT', 'DIGEST_MISMATCH', 'FILE_MISSING'] as const)(
    'by %s alone is described in that language, with what to do',
    (code) => {
      const html = shown(locale, problemOfCode(code));
      const { message, hint } = catalogues[locale].errors.codes[code];
      expect(html).toContain(message);
      expect(html).toContain(hint);
    },
  );

  test('with a reason names what the reason names', () => {
    const html = shown(locale, problemFrom(here, 'As the server says it.'));
    expect(html).toContain(errorText(here, locale).message.replace('&', '&amp;'));
    expect(html).not.toContain('As the server says it.');
  });

  test('that only a newer server knows is shown in that server’s text', () => {
    const newer = { reason: 'newReason', params: {}, hint: 'Do this.' };
    for (const code of ['CONFLICT', 'NEW_CODE']) {
      const html = shown(locale, problemFrom({ ...newer, code }, 'As the server says it.'));
      expect(html).toContain('As the server says it.');
      expect(html).toContain('Do this.');
    }
  });

  test('without any answer gets the page’s own text', () => {
    const html = shown(locale, problemOfCode('NETWORK'));
    expect(html).toContain(catalogues[locale].problems.NETWORK.message);
  });
});

describe('wrong fields', () => {
  const problem = problemFrom(
    {
      code: 'VALIDATION_FAILED',
      reason: null,
      params: {},
      hint: '',
      fields: [
        { path: 'input.name', reason: 'tooLong', params: { max: 2000 }, message: '' },
        { path: 'input.shape', reason: 'newReason', params: {}, message: 'As the server says it.' },
      ],
    },
    '',
  );

  test('are listed if the form does not show them', () => {
    const html = shown('en', problem, ['name']);
    expect(html).toContain('As the server says it.');
    expect(html).not.toContain('At most 2,000 characters.');
    expect(shown('pt-BR', problem)).toContain('No máximo 2.000 caracteres.');
  });

  test('that the form marks add no box, only a text for screen readers', () => {
    const html = shown('en', problem, ['name', 'shape']);
    expect(html).toBe('<p role="alert" class="sr-only">Check the marked fields.</p>');
  });
});
