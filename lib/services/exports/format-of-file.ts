import path from 'node:path';
import { FiberkeepError } from '#errors';
import { type ExportFormat, fileTypeOf } from '#plant/exchange/write/formats.ts';
import type { ElementKind } from '../network/element-rows.ts';

/** By the ending of a file's name. */
const formats: Readonly<Record<string, ExportFormat>> = {
  '.kmz': 'KMZ',
  '.xlsx': 'XLSX',
  '.csv': 'CSV',
  '.zip': 'CSV',
  '.gpkg': 'GEOPACKAGE',
  '.geojson': 'GEOJSON',
  '.json': 'GEOJSON',
};

/** The format that the file's name says. Throws BAD_REQUEST where it says none, or one that cannot hold these kinds. */
export function formatOfFile(file: string, kinds: readonly ElementKind[]): ExportFormat {
  const ending = path.extname(file).toLowerCase();
  const format = formats[ending];
  if (!format) {
    const known = Object.keys(formats).join(', ');
    throw new FiberkeepError('BAD_REQUEST', {
      reason: 'exportFormatUnknown',
      params: { file: path.basename(file), known },
    });
  }
  if (ending === '.csv' && fileTypeOf(format, kinds).extension !== 'csv')
    throw new FiberkeepError('BAD_REQUEST', { reason: 'csvHoldsOneKind' });
  return format;
}
