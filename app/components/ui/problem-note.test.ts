import { NextIntlClientProvider } from 'next-intl';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, test } from 'vitest';
import { catalogues } from '../../i18n/catalogues.ts';
import { locales } from '../../i18n/locales.ts';
import { ProblemNote } from './problem-note.tsx';

const damaged = 'Chunk 5e0f of the table pole of the backup “Monday” does not open.';

function shown(locale: (typeof locales)[number], code: string, message: string, withDetail = true) {
  const problem = { code, message, hint: '', fields: {} };
  const note = createElement(ProblemNote, { problem, withDetail });
  const intl = { locale, messages: catalogues[locale], timeZone: 'UTC', children: note };
  return renderToStaticMarkup(createElement(NextIntlClientProvider, intl));
}

describe.each(locales)('in %s, a failure of work', (locale) => {
  test.each(['VERIFY_FAILED', 'CHUNK_CORRUPT', 'DIGEST_MISMATCH', 'FILE_MISSING'] as const)(
    'by %s is told in that language, and beneath in the server’s own words',
    (code) => {
      const html = shown(locale, code, damaged);
      expect(html).toContain(catalogues[locale].problems[code].message);
      expect(html).toMatch(/<p lang="en"[^>]*>Chunk 5e0f of the table pole/);
    },
  );

  test('whose words are translated whole does not repeat them', () => {
    const html = shown(locale, 'CONFLICT', 'The backup “Monday” is the last proven one by now.');
    expect(html).not.toContain('lang="en"');
  });
});

test('a refusal in a form stays with the person’s language', () => {
  expect(shown('es', 'VERIFY_FAILED', damaged, false)).not.toContain('lang="en"');
});
