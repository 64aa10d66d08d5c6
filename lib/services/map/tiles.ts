import type { ViewPermit } from '../network/edit-network.ts';
import type { Server } from '../server.ts';
import { readPlant } from '../write-plant.ts';
import { totalOf } from './cell-grid.ts';
import { encodeCells, encodeElements, type TileElements } from './encode-tile.ts';
import { gridOf } from './kept-grid.ts';
import { cablesNear, placedIn } from './map-rows.ts';
import {
  type Bounds,
  boundsOf,
  ELEMENTS_FROM_ZOOM,
  FEW_ELEMENTS,
  FEW_FROM_ZOOM,
  type TilePlace,
} from './tile-place.ts';

/** Of a tile's side: lines reach as far over its edges, so that none ends there. */
const CABLE_MARGIN = 1 / 32;

/** The vector tile of a place; empty where nothing lies in it. */
export async function readTile(
  server: Server,
  _permit: ViewPermit,
  place: TilePlace,
): Promise<Uint8Array> {
  if (place.z < ELEMENTS_FROM_ZOOM) {
    const cells = (await gridOf(server)).cellsOf(place);
    const count = cells.reduce((sum, cell) => sum + totalOf(cell), 0);
    if (place.z < FEW_FROM_ZOOM || count > FEW_ELEMENTS) return encodeCells(place, cells);
  }
  return encodeElements(place, await readElements(server, place));
}

async function readElements(server: Server, place: TilePlace): Promise<TileElements> {
  const bounds = boundsOf(place);
  const { pool } = server;
  return readPlant(server, async () => {
    const [poles, boxes, clients, cables] = await Promise.all([
      placedIn(pool, 'pole', bounds),
      placedIn(pool, 'box', bounds),
      placedIn(pool, 'client', bounds),
      cablesNear(pool, boundsOf(place, CABLE_MARGIN)),
    ]);
    return { poles, boxes, clients, cables };
  });
}

/** What the network lies in; null where nothing has a place. */
export async function networkBounds(server: Server, _permit: ViewPermit): Promise<Bounds | null> {
  return (await gridOf(server)).bounds();
}
