import path from 'node:path';
import type { ExportDone, ExportToDo } from './export-child.ts';
import { inChild, type Measured } from './in-child.ts';

export const name = 'export';

interface Options {
  readonly databaseUrl: string;
  readonly filesFolder: string;
  log(line: string): void;
}

const formats = ['GEOJSON', 'CSV', 'XLSX', 'KMZ', 'GEOPACKAGE'] as const;

/** Exports the whole network in each format, read by nobody slower than this machine, each in a process of its own. */
export async function run({ databaseUrl, filesFolder, log }: Options): Promise<void> {
  for (const format of formats) {
    const step: ExportToDo = {
      kind: 'export',
      databaseUrl,
      dataDir: path.dirname(filesFolder),
      format,
    };
    const done = await inChild<ExportDone & Measured>('lib/bench/export-child.ts', step);
    log(
      `${format}: ${done.elements.toLocaleString('en')} elements, ${(done.bytes / 1e6).toFixed(0)} MB in ${done.seconds.toFixed(1)} s (processor ${done.processorSeconds.toFixed(1)} s), peak memory ${(done.peakRssBytes / 1e6).toFixed(0)} MB`,
    );
  }
}
