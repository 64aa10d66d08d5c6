import type { Locale } from '#errors/locale.ts';
import { joinTags } from '../cell-text.ts';
import { type ExchangeColumn, type ExchangeKind, exchangeColumns } from '../columns.ts';
import type { ExchangeElement } from '../element.ts';

/** The titles of a kind's table. */
export function titlesOf(kind: ExchangeKind, locale: Locale): string[] {
  return exchangeColumns[kind].map(({ titles }) => titles[locale]);
}

/** The cells of an element, in the order of the titles; null: empty. */
export function cellsOf(element: ExchangeElement, locale: Locale): (string | number | null)[] {
  return exchangeColumns[element.kind].map((column) => cellOf(column, element, locale));
}

function cellOf(column: ExchangeColumn, { values }: ExchangeElement, locale: Locale) {
  const value = values[column.name] ?? null;
  if (value === null || value === '' || typeof value === 'number')
    return value === '' ? null : value;
  switch (column.type) {
    case 'word':
      return column.words?.[value as string]?.[locale] ?? (value as string);
    case 'tags':
      return joinTags(value as readonly string[]) || null;
    case 'path':
      return value.length > 0 ? JSON.stringify(value) : null;
    default:
      return value as string;
  }
}
