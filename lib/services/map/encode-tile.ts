import { fromGeojsonVt } from '@maplibre/vt-pbf';
import { clipPolyline } from 'lineclip';
import { type Cell, totalOf } from './cell-grid.ts';
import type { CableRow, PlacedRow } from './map-rows.ts';
import { EXTENT, type TilePlace, unitsIn } from './tile-place.ts';

type Units = [x: number, y: number];

/** A feature as geojson-vt has it in its tiles. */
interface Feature {
  readonly type: 1 | 2;
  readonly geometry: readonly Units[] | readonly Units[][];
  readonly tags: Readonly<Record<string, string | number>>;
}
type Features = readonly Feature[];

/** Lines are cut this far outside of the tile, where their ends are not seen. */
const LINE_MARGIN = 128;
const LINE_BOX: [number, number, number, number] = [
  -LINE_MARGIN,
  -LINE_MARGIN,
  EXTENT + LINE_MARGIN,
  EXTENT + LINE_MARGIN,
];

/** What each layer of a tile with elements holds. */
export interface TileElements {
  readonly poles: readonly PlacedRow[];
  readonly boxes: readonly PlacedRow[];
  readonly clients: readonly PlacedRow[];
  readonly cables: readonly CableRow[];
}

/** A Mapbox Vector Tile 2.1 with the layers `cables` (lines), `poles`, `boxes` and `clients` (points). */
export function encodeElements(place: TilePlace, elements: TileElements): Uint8Array {
  const units = unitsIn(place);
  return encode({
    cables: elements.cables.flatMap((cable) => {
      const lines = linesOf(cable.path, units);
      return lines.length > 0 ? [{ type: 2 as const, geometry: lines, tags: tagsOf(cable) }] : [];
    }),
    poles: pointsOf(elements.poles, units),
    clients: pointsOf(elements.clients, units),
    boxes: pointsOf(elements.boxes, units),
  });
}

/** A tile with the layer `cells`: points in the middle of what each counts. */
export function encodeCells(place: TilePlace, cells: readonly Cell[]): Uint8Array {
  const units = unitsIn(place);
  const features = cells.map((cell) => {
    const { poles, boxes, cables, clients } = cell;
    const total = totalOf(cell);
    return {
      type: 1 as const,
      geometry: [units(cell.lng / total, cell.lat / total)],
      tags: { total, poles, boxes, cables, clients },
    };
  });
  return encode({ cells: features });
}

/** Empty layers are left out: the specification allows none without a feature. */
function encode(layers: Record<string, Features>): Uint8Array {
  const filled = Object.entries(layers).filter(([, features]) => features.length > 0);
  const tile = Object.fromEntries(filled.map(([name, features]) => [name, { features }]));
  return fromGeojsonVt(tile as unknown as Parameters<typeof fromGeojsonVt>[0], {
    version: 2,
    extent: EXTENT,
  });
}

function pointsOf(
  rows: readonly PlacedRow[],
  units: (lng: number, lat: number) => Units,
): Features {
  return rows.map((row) => ({
    type: 1,
    geometry: [units(row.lng, row.lat)],
    tags: tagsOf(row),
  }));
}

function tagsOf({ id, name, project, type, status }: Omit<PlacedRow, 'lng' | 'lat'>) {
  return { id, name, type, status, ...(project !== null && { project }) };
}

/** The parts of a path in the tile; positions that are none are left out, and those of the same unit. */
function linesOf(path: unknown, units: (lng: number, lat: number) => Units): Units[][] {
  if (!Array.isArray(path)) return [];
  const line: Units[] = [];
  for (const position of path) {
    if (!isPosition(position)) continue;
    const next = units(position[0], position[1]);
    const last = line.at(-1);
    if (!last || last[0] !== next[0] || last[1] !== next[1]) line.push(next);
  }
  if (line.length < 2) return [];
  const parts = clipPolyline(line, LINE_BOX) as Units[][];
  return parts.map((part) => part.map(([x, y]) => [Math.round(x), Math.round(y)]));
}

function isPosition(value: unknown): value is Units {
  if (!Array.isArray(value)) return false;
  const [lng, lat] = value;
  return (
    typeof lng === 'number' &&
    typeof lat === 'number' &&
    Math.abs(lng) <= 180 &&
    Math.abs(lat) <= 90
  );
}
