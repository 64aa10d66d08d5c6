import type { Locale } from '#errors/locale.ts';
import type { ExchangeKind } from '../columns.ts';
import type { ExchangeSource } from '../element.ts';
import { kindTitles } from '../kind-titles.ts';
import { writeCsv } from './csv.ts';
import { writeGeoJson } from './geojson.ts';
import { inPieces } from './pieces.ts';
import { writeZip } from './zip.ts';

export const exportFormats = ['GEOJSON', 'CSV'] as const;

export type ExportFormat = (typeof exportFormats)[number];

export interface FileType {
  /** Without a dot. */
  readonly extension: string;
  readonly mediaType: string;
}

/** The file that holds these kinds: a CSV file holds one, so several come as a ZIP file of them. */
export function fileTypeOf(format: ExportFormat, kinds: readonly ExchangeKind[]): FileType {
  switch (format) {
    case 'GEOJSON':
      return { extension: 'geojson', mediaType: 'application/geo+json' };
    case 'CSV':
      return kinds.length > 1
        ? { extension: 'zip', mediaType: 'application/zip' }
        : { extension: 'csv', mediaType: 'text/csv; charset=utf-8; header=present' };
  }
}

/** The file, made while it is read, in memory that does not grow with it. */
export function writeFormat(
  format: ExportFormat,
  source: ExchangeSource,
  locale: Locale,
): AsyncIterable<Uint8Array> {
  switch (format) {
    case 'GEOJSON':
      return inPieces(writeGeoJson(source));
    case 'CSV':
      return writeTables(source, locale);
  }
}

function writeTables(source: ExchangeSource, locale: Locale): AsyncIterable<Uint8Array> {
  const [first, ...others] = source.kinds;
  if (first && others.length === 0) return writeCsv(source, first, locale);
  return writeZip(
    source.kinds.map((kind) => ({
      name: `${kindTitles[kind][locale]}.csv`,
      open: () => writeCsv(source, kind, locale),
    })),
  );
}
