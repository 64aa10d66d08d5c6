import type { Locale } from '#errors/locale.ts';
import type { ExchangeKind } from '../columns.ts';
import type { ExchangeSource } from '../element.ts';
import { kindTitles } from '../kind-titles.ts';
import { writeCsv } from './csv.ts';
import { writeGeoJson } from './geojson.ts';
import { type Scratch, writeGeoPackage } from './geopackage.ts';
import { writeKml } from './kml.ts';
import { inPieces } from './pieces.ts';
import { writeXlsx } from './xlsx.ts';
import { writeZip } from './zip.ts';

export const exportFormats = ['XLSX', 'KMZ', 'CSV', 'GEOPACKAGE', 'GEOJSON'] as const;

export type ExportFormat = (typeof exportFormats)[number];

export interface FileType {
  /** Without a dot. */
  readonly extension: string;
  readonly mediaType: string;
}

const types: Readonly<Record<ExportFormat, FileType>> = {
  KMZ: { extension: 'kmz', mediaType: 'application/vnd.google-earth.kmz' },
  XLSX: {
    extension: 'xlsx',
    mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  },
  CSV: { extension: 'csv', mediaType: 'text/csv; charset=utf-8; header=present' },
  GEOPACKAGE: { extension: 'gpkg', mediaType: 'application/geopackage+sqlite3' },
  GEOJSON: { extension: 'geojson', mediaType: 'application/geo+json' },
};

const zip: FileType = { extension: 'zip', mediaType: 'application/zip' };

/** The file that holds these kinds: a CSV file holds one, so several come as a ZIP file of them. */
export function fileTypeOf(format: ExportFormat, kinds: readonly ExchangeKind[]): FileType {
  return format === 'CSV' && kinds.length > 1 ? zip : types[format];
}

/** The file, made while it is read, in memory that does not grow with it. */
export function writeFormat(
  format: ExportFormat,
  source: ExchangeSource,
  locale: Locale,
  scratch: Scratch,
): AsyncIterable<Uint8Array> {
  switch (format) {
    case 'KMZ':
      return writeZip([{ name: 'doc.kml', open: () => inPieces(writeKml(source, locale)) }]);
    case 'XLSX':
      return writeXlsx(source, locale);
    case 'CSV':
      return writeTables(source, locale);
    case 'GEOPACKAGE':
      return writeGeoPackage(source, scratch);
    case 'GEOJSON':
      return inPieces(writeGeoJson(source));
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
