import type { CellRow } from './map-rows.ts';
import { type Bounds, ELEMENTS_FROM_ZOOM, type TilePlace } from './tile-place.ts';

/** Squares along the side of a tile: each is about 64 pixels wide. */
const SIDE_ZOOMS = 3;
/** The grid of the last zoom that shows counts. */
export const FINEST_GRID = ELEMENTS_FROM_ZOOM - 1 + SIDE_ZOOMS;

export type Cell = CellRow;

/** Counts on grids for every zoom, made from the finest one by adding four squares into one. */
export class CellGrid {
  readonly #finest: readonly Cell[];
  /** For each zoom the cells of each tile. */
  readonly #tiles = new Map<number, Map<string, Cell[]>>();

  constructor(finest: readonly Cell[]) {
    this.#finest = finest;
  }

  cellsOf({ z, x, y }: TilePlace): readonly Cell[] {
    return this.#tilesOf(z).get(`${x}/${y}`) ?? [];
  }

  /** What all elements lie in, to the square; null where there is none. */
  bounds(): Bounds | null {
    if (this.#finest.length === 0) return null;
    const bounds = { west: 180, south: 90, east: -180, north: -90 };
    for (const cell of this.#finest) {
      const total = totalOf(cell);
      bounds.west = Math.min(bounds.west, cell.lng / total);
      bounds.east = Math.max(bounds.east, cell.lng / total);
      bounds.south = Math.min(bounds.south, cell.lat / total);
      bounds.north = Math.max(bounds.north, cell.lat / total);
    }
    return bounds;
  }

  #tilesOf(z: number): Map<string, Cell[]> {
    const kept = this.#tiles.get(z);
    if (kept) return kept;
    const tiles = new Map<string, Cell[]>();
    for (const cell of coarsened(this.#finest, FINEST_GRID - SIDE_ZOOMS - z)) {
      const key = `${cell.x >> SIDE_ZOOMS}/${cell.y >> SIDE_ZOOMS}`;
      const cells = tiles.get(key);
      if (cells) cells.push(cell);
      else tiles.set(key, [cell]);
    }
    this.#tiles.set(z, tiles);
    return tiles;
  }
}

export function totalOf({ poles, boxes, cables, clients }: Cell): number {
  return poles + boxes + cables + clients;
}

/** The cells of a grid that is 2^`zooms` times as coarse. */
function coarsened(cells: readonly Cell[], zooms: number): Iterable<Cell> {
  if (zooms === 0) return cells;
  const sums = new Map<number, { -readonly [K in keyof Cell]: Cell[K] }>();
  for (const cell of cells) {
    const x = cell.x >> zooms;
    const y = cell.y >> zooms;
    const key = y * 2 ** FINEST_GRID + x;
    const sum = sums.get(key);
    if (!sum) {
      sums.set(key, { ...cell, x, y });
      continue;
    }
    sum.poles += cell.poles;
    sum.boxes += cell.boxes;
    sum.cables += cell.cables;
    sum.clients += cell.clients;
    sum.lng += cell.lng;
    sum.lat += cell.lat;
  }
  return sums.values();
}
