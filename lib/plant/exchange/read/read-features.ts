import { open } from 'node:fs/promises';
import { FiberkeepError } from '#errors';
import { readCsv } from './csv.ts';
import { type Feature, MOST_FEATURES, tooManyFeatures } from './feature.ts';
import { readGeoJson } from './geojson.ts';
import { readGpx } from './gpx.ts';
import { readKml } from './kml.ts';
import { readKmz } from './kmz.ts';

type Reader = (path: string) => AsyncIterable<Feature>;

/** Formats by the endings of their files' names. */
const readers: Readonly<Record<string, Reader>> = {
  csv: readCsv,
  tsv: readCsv,
  txt: readCsv,
  geojson: readGeoJson,
  json: readGeoJson,
  kml: readKml,
  kmz: readKmz,
  gpx: readGpx,
};

/** What the files of other programs are called; they save KMZ too. */
const DRAWINGS = new Set(['dxf', 'dwg', 'dgn']);

/** The format of a file by its name. Throws FILE_REFUSED for one that nobody reads here. */
export function readerOf(fileName: string): Reader {
  const ending = /\.([^.]+)$/.exec(fileName.toLowerCase())?.[1] ?? '';
  const reader = Object.hasOwn(readers, ending) ? readers[ending] : undefined;
  if (reader) return reader;
  throw new FiberkeepError('FILE_REFUSED', {
    reason: DRAWINGS.has(ending) ? 'fileIsDrawing' : 'fileFormatUnknown',
  });
}

/**
 * What the file at `path` tells of, feature by feature, in bounded memory. Throws FILE_REFUSED, saying why, where it is
 * not what its name says, or more than `MOST_FEATURES`.
 */
export async function* readFeatures(path: string, fileName: string): AsyncIterable<Feature> {
  const read = readerOf(fileName);
  await refuseEmpty(path);
  let count = 0;
  for await (const feature of read(path)) {
    count += 1;
    if (count > MOST_FEATURES) throw tooManyFeatures();
    yield feature;
  }
}

async function refuseEmpty(path: string): Promise<void> {
  await using file = await open(path);
  if ((await file.stat()).size === 0)
    throw new FiberkeepError('FILE_REFUSED', { reason: 'fileIsEmpty' });
}
