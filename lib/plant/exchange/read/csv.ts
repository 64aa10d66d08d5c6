import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { decodeText } from './decode-text.ts';
import {
  type Feature,
  featureTooLarge,
  MOST_COLUMNS,
  MOST_FEATURE_BYTES,
  malformed,
  tooManyColumns,
} from './feature.ts';
import { featureOfRow, type Header, headerOf } from './table-row.ts';

const DELIMITERS = [';', ',', '\t', '|'] as const;
/** Excel names the delimiter in a first line of its own. */
const SEP_LINE = /^sep=(.)\r?\n/i;

/** A table as text (RFC 4180, and as Excel saves it): its first line names the columns. Places are lines. */
export async function* readCsv(path: string): AsyncIterable<Feature> {
  await using file = await open(path);
  const texts = decodeText(file)[Symbol.asyncIterator]();
  const head = await firstOf(texts);
  const told = SEP_LINE.exec(head);
  const text = told ? head.slice(told[0].length) : head;
  const records = Readable.from(joined(text, texts)).pipe(
    parse({
      delimiter: told?.[1] ?? delimiterOf(text),
      bom: true,
      info: true,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: MOST_FEATURE_BYTES,
    }),
  );
  let header: Header | null = null;
  const skipped = told ? 1 : 0;
  try {
    for await (const { record, info } of records as AsyncIterable<Row>) {
      if (record.length > MOST_COLUMNS) throw tooManyColumns();
      const place = info.lines + skipped;
      if (header) {
        const feature = featureOfRow(header, record, '', place);
        if (feature) yield feature;
      } else header = headerOf(record);
    }
  } catch (thrown) {
    throw asRefusal(thrown);
  }
}

interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function asRefusal(thrown: unknown): unknown {
  if (!(thrown instanceof CsvError)) return thrown;
  const place = Number(thrown.lines ?? 1);
  return thrown.code === 'CSV_MAX_RECORD_SIZE' ? featureTooLarge(place) : malformed(place, thrown);
}

async function firstOf(texts: AsyncIterator<string>): Promise<string> {
  for (;;) {
    const { value, done } = await texts.next();
    if (done) return '';
    if (value !== '') return value;
  }
}

async function* joined(first: string, rest: AsyncIterator<string>): AsyncIterable<string> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** The one that stands most often in the first line, outside of quotes. */
function delimiterOf(text: string): string {
  const line = (/^[^\r\n]*/.exec(text)?.[0] ?? '').replaceAll(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => line.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}
