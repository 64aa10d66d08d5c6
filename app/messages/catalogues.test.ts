import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, test } from 'vitest';
import { type Locale, locales } from '#errors/locale.ts';
import { catalogues } from '../i18n/catalogues.ts';

type Node = string | object;

/** Lists every text with its path: `backup.create` → `Create backup`. */
function texts(node: Node, prefix = ''): [string, string][] {
  if (typeof node === 'string') return [[prefix, node]];
  return Object.entries(node).flatMap(([key, child]) =>
    texts(child, prefix === '' ? key : `${prefix}.${key}`),
  );
}

type Element = ReturnType<IntlMessageFormat['getAst']>[number];

/**
 * Lists the parameters and tags of a text: `name`, `<b>`. Throws if it is not ICU MessageFormat.
 */
function parameters(text: string, locale: Locale): string[] {
  const found = new IntlMessageFormat(text, locale).getAst().flatMap(namesOf);
  return [...new Set(found)].sort();
}

/** The parser's `TYPE.literal`: text between parameters. */
const LITERAL = 0;

function namesOf(element: Element): string[] {
  if (element.type === LITERAL || !('value' in element)) return [];
  if ('children' in element) return [`<${element.value}>`, ...element.children.flatMap(namesOf)];
  const options = 'options' in element ? Object.values(element.options) : [];
  return [element.value, ...options.flatMap(({ value }) => value.flatMap(namesOf))];
}

const app = path.join(import.meta.dirname, '..');
const english = new Map(texts(catalogues.en));
/** Of pages and of errors, each in its own order. */
const keys = (locale: Locale) =>
  texts(catalogues[locale])
    .map(([key]) => key)
    .sort();

describe('the catalogues', () => {
  test.each(locales)('%s has the texts of the English one, no more and no fewer', (locale) => {
    expect(keys(locale)).toEqual(keys('en'));
  });

  test.each(locales)('%s takes the same parameters in every text', (locale: Locale) => {
    for (const [key, text] of texts(catalogues[locale]))
      expect({ key, takes: parameters(text, locale) }).toEqual({
        key,
        takes: parameters(english.get(key) ?? '', 'en'),
      });
  });

  test.each(locales)('%s leaves no text empty', (locale) => {
    expect(texts(catalogues[locale]).filter(([, text]) => text.trim() === '')).toEqual([]);
  });
});

/**
 * Finds words hardcoded in a component: between tags, or in attributes that people read or hear.
 */
function hardCoded(source: string): string[] {
  const words = source.matchAll(
    /(?<![=)\w])>\s*([A-Za-zÀ-ú][^<>{}()=;]*[a-zà-ú])\s*(?:<\/|<[a-z]|\{)/g,
  );
  const attributes = source.matchAll(/\b(?:aria-label|title|placeholder|alt|label)="([^"]+)"/g);
  return [...words, ...attributes].map((match) => match[1]?.trim() ?? '');
}

describe('the pages', () => {
  test('finds words hardcoded in a component', () => {
    expect(hardCoded('<p className="x">Hello there</p>')).toEqual(['Hello there']);
    expect(hardCoded('<button aria-label="Close">{icon}</button>')).toEqual(['Close']);
    expect(hardCoded("<p>{t('close')}</p>")).toEqual([]);
  });

  test('have all their words in the catalogue, except the product name', async () => {
    const files = (await readdir(app, { recursive: true })).filter((file) => file.endsWith('.tsx'));
    const found = await Promise.all(
      files.map(async (file) => {
        const words = hardCoded(await readFile(path.join(app, file), 'utf8'));
        return words.filter((word) => word !== 'Fiberkeep').map((word) => `${file}: ${word}`);
      }),
    );
    expect(files.length).toBeGreaterThan(50);
    expect(found.flat()).toEqual([]);
  });
});
