import { IntlMessageFormat } from 'intl-messageformat';
import { expect, test } from 'vitest';
import { errorTexts, type Locale, locales } from './index.ts';

/** Every text of a language, by its place in the catalogue. */
function textsOf(locale: Locale): [place: string, text: string][] {
  const { codes, reasons, hints, fields } = errorTexts[locale];
  return [codes, reasons, hints, fields].flatMap((part, at) =>
    Object.entries(part).flatMap(([key, value]): [string, string][] =>
      typeof value === 'string'
        ? [[`${at}.${key}`, value]]
        : Object.entries(value).map(([name, text]) => [`${at}.${key}.${name}`, String(text)]),
    ),
  );
}

type Element = ReturnType<IntlMessageFormat['getAst']>[number];

/** The params that a text names. */
function named(elements: readonly Element[]): string[] {
  return elements.flatMap((element) => {
    const own = 'value' in element && element.type !== 0 ? [element.value] : [];
    if (!('options' in element)) return own;
    return [...own, ...Object.values(element.options).flatMap(({ value }) => named(value))];
  });
}

function paramsOf(locale: Locale) {
  const found = textsOf(locale).map(([place, text]): [string, string[]] => {
    const names = new Set(named(new IntlMessageFormat(text, locale).getAst()));
    return [place, [...names].sort()];
  });
  return Object.fromEntries(found);
}

test.each(locales)('the texts of %s are sound, and name what the English ones name', (locale) => {
  expect(paramsOf(locale)).toEqual(paramsOf('en'));
});

test.each(locales)('the texts of %s are sorted and end as sentences', (locale) => {
  for (const part of Object.values(errorTexts[locale]))
    expect(Object.keys(part)).toEqual(Object.keys(part).sort());
  const open = textsOf(locale).filter(([, text]) => !/[.}\d…]\s*$|-- list$/.test(text));
  expect(open).toEqual([]);
});
