import type { ExchangeKind } from '../columns.ts';

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
