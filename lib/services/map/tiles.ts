import type { ViewPermit } from '../network/edit-network.ts';
import type { Server } from '../server.ts';
import { readPlant } from '../write-plant.ts';
import { encodeCells, encodeElements } from './encode-tile.ts';
import { gridOf } from './kept-grid.ts';
import { cablesNear, placedIn } from './map-rows.ts';
import { type Bounds, boundsOf, ELEMENTS_FROM_ZOOM, type TilePlace } from './tile-place.ts';

/** Of a tile's side: lines reach as far over its edges, so that none ends there. */
const CABLE_MARGIN = 1 / 32;

/** The vector tile of a place; empty where nothing lies in it. */
export async function readTile(
  server: Server,
  _permit: ViewPermit,
  place: TilePlace,
): Promise<Uint8Array> {
  if (place.z < ELEMENTS_FROM_ZOOM)
    return encodeCells(place, (await gridOf(server)).cellsOf(place));
  const bounds = boundsOf(place);
  const { pool } = server;
  const elements = await readPlant(server, async () => {
    const [poles, boxes, clients, cables] = await Promise.all([
      placedIn(pool, 'pole', bounds),
      placedIn(pool, 'box', bounds),
      placedIn(pool, 'client', bounds),
      cablesNear(pool, boundsOf(place, CABLE_MARGIN)),
    ]);
    return { poles, boxes, clients, cables };
  });
  return encodeElements(place, elements);
}

/** What the network lies in; null where nothing has a place. */
export async function networkBounds(server: Server, _permit: ViewPermit): Promise<Bounds | null> {
  return (await gridOf(server)).bounds();
}
