import type { Locale } from '#errors/locale.ts';
import type { ExchangeSource } from '../element.ts';
import { kindTitles } from '../kind-titles.ts';
import { writeCsv } from './csv.ts';
import type { ExportFormat } from './formats.ts';
import { writeGeoJson } from './geojson.ts';
import { type Scratch, writeGeoPackage } from './geopackage.ts';
import { writeKml } from './kml.ts';
import { inPieces } from './pieces.ts';
import { writeXlsx } from './xlsx.ts';
import { writeZip } from './zip.ts';

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
