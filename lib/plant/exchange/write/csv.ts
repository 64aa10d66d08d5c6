import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import type { Locale } from '#errors/locale.ts';
import { guardCell } from '../cell-text.ts';
import type { ExchangeKind } from '../columns.ts';
import type { ExchangeSource } from '../element.ts';
import { cellsOf, titlesOf } from './cells.ts';
import { decimal } from './numbers.ts';

/** How spreadsheets of each language read a CSV file. */
const dialects: Readonly<Record<Locale, { readonly delimiter: string; readonly point: string }>> = {
  en: { delimiter: ',', point: '.' },
  'pt-BR': { delimiter: ';', point: ',' },
  es: { delimiter: ';', point: ',' },
};

/**
 * A table of one kind (RFC 4180) in UTF-8 with a byte order mark, in the dialect of the language. Texts that look
 * like a formula are guarded: see `guardCell`.
 */
export async function* writeCsv(
  source: ExchangeSource,
  kind: ExchangeKind,
  locale: Locale,
): AsyncGenerator<Uint8Array, void> {
  const { delimiter, point } = dialects[locale];
  const lines = stringify({
    bom: true,
    delimiter,
    record_delimiter: 'windows',
    quoted_match: /[\r\n]/,
    cast: {
      string: guardCell,
      number: (value) => decimal(value).replace('.', point),
    },
  });
  // The reader of `lines` hears of a failure.
  yield* pipeline(Readable.from(rowsOf(source, kind, locale)), lines, () => {});
}

async function* rowsOf(source: ExchangeSource, kind: ExchangeKind, locale: Locale) {
  yield titlesOf(kind, locale);
  for await (const element of source.elements(kind)) yield cellsOf(element, locale);
}
