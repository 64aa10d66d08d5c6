import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { chain } from 'stream-chain';
import { parser } from 'stream-json';
import { pick } from 'stream-json/filters/pick.js';
import { streamArray } from 'stream-json/streamers/stream-array.js';
import { joinTags } from '../cell-text.ts';
import { decodeText } from './decode-text.ts';
import {
  type Feature,
  featureTooLarge,
  MOST_COLUMNS,
  MOST_POSITIONS_READ,
  MOST_VALUE,
  malformed,
  type Position,
  type Shape,
  tooManyColumns,
} from './feature.ts';

/** A GeoJSON FeatureCollection (RFC 7946), feature by feature. Places are their numbers, from 1. */
export async function* readGeoJson(path: string): AsyncIterable<Feature> {
  await using file = await open(path);
  const source = Readable.from(decodeText(file));
  const items = chain([source, parser(), pick({ filter: 'features' }), streamArray()]);
  let any = false;
  try {
    for await (const { key, value } of items as AsyncIterable<Item>) {
      any = true;
      const feature = featureOf(key + 1, value);
      if (feature) yield feature;
    }
  } catch (thrown) {
    throw thrown instanceof Error && thrown.name === 'FiberkeepError'
      ? thrown
      : malformed(null, thrown);
  }
  if (!any) throw malformed(null);
}

interface Item {
  readonly key: number;
  readonly value: unknown;
}

interface Json {
  readonly id?: unknown;
  readonly properties?: Readonly<Record<string, unknown>> | null;
  readonly geometry?: { readonly type?: unknown; readonly coordinates?: unknown } | null;
}

function featureOf(place: number, value: unknown): Feature | null {
  const { properties, geometry } = (value ?? {}) as Json;
  const entries = Object.entries(properties ?? {});
  if (entries.length > MOST_COLUMNS) throw tooManyColumns();
  const values = Object.fromEntries(
    entries.map(([name, each]) => [name, textOf(each)]).filter(([, text]) => text !== ''),
  );
  const shape = shapeOf(place, geometry ?? {});
  return entries.length === 0 && !shape ? null : { group: '', place, values, shape };
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text =
    Array.isArray(value) && value.every((each) => typeof each === 'string')
      ? joinTags(value)
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);
  return text.trim().slice(0, MOST_VALUE);
}

/** Of a shape with several parts the first one counts. */
function shapeOf(
  place: number,
  { type, coordinates }: NonNullable<Json['geometry']>,
): Shape | null {
  if (!Array.isArray(coordinates)) return null;
  if (type === 'Point') return pointOf(coordinates);
  if (type === 'MultiPoint') return pointOf(coordinates[0]);
  if (type === 'LineString') return lineOf(place, coordinates);
  return type === 'MultiLineString' ? lineOf(place, coordinates[0]) : null;
}

function pointOf(position: unknown): Shape | null {
  const at = positionOf(position);
  return at && { kind: 'POINT', at };
}

function lineOf(place: number, positions: unknown): Shape | null {
  if (!Array.isArray(positions)) return null;
  if (positions.length > MOST_POSITIONS_READ) throw featureTooLarge(place);
  const path = positions.map(positionOf).filter((position) => position !== null);
  return path.length > 1 ? { kind: 'LINE', path } : null;
}

function positionOf(position: unknown): Position | null {
  const [lng, lat] = Array.isArray(position) ? position : [];
  return Number.isFinite(lng) && Number.isFinite(lat) ? [lng, lat] : null;
}
