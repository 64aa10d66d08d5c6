import { FiberkeepError } from '#errors';

/** A tile of the web's square map (Web Mercator, `z/x/y` counted from the north west). */
export interface TilePlace {
  readonly z: number;
  readonly x: number;
  readonly y: number;
}

/** Degrees, WGS 84. */
export interface Bounds {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** From this zoom on every tile holds the elements themselves. */
export const ELEMENTS_FROM_ZOOM = 14;
/** From this zoom on a tile with few elements holds them too; any other has counts on a grid. */
export const FEW_FROM_ZOOM = 10;
export const FEW_ELEMENTS = 1_500;
/** Tiles of the last zoom are enlarged beyond it. */
export const LAST_ZOOM = 16;
/** Units of a tile's side (Mapbox Vector Tile 2.1, section 4.3). */
export const EXTENT = 4096;
/** The square map ends here (the latitude at which it is a square). */
export const MOST_LATITUDE = 85.051128779806604;

/** Throws BAD_REQUEST for what is no number, NOT_FOUND for a tile that does not exist. */
export function readTilePlace(z: string, x: string, y: string): TilePlace {
  if (![z, x, y].every((part) => /^\d{1,8}$/.test(part)))
    throw new FiberkeepError('BAD_REQUEST', { reason: 'tileMalformed' });
  const place = { z: Number(z), x: Number(x), y: Number(y) };
  const side = 2 ** place.z;
  if (place.z > LAST_ZOOM || place.x >= side || place.y >= side)
    throw new FiberkeepError('NOT_FOUND', { reason: 'noSuchTile', params: { zoom: LAST_ZOOM } });
  return place;
}

/** The bounds of a tile, grown on every side by `margin` times its side. */
export function boundsOf({ z, x, y }: TilePlace, margin = 0): Bounds {
  const side = 2 ** z;
  return {
    west: longitudeAt((x - margin) / side),
    east: longitudeAt((x + 1 + margin) / side),
    north: latitudeAt((y - margin) / side),
    south: latitudeAt((y + 1 + margin) / side),
  };
}

/** Longitude and latitude as units of the tile, which may lie outside of it. */
export function unitsIn({ z, x, y }: TilePlace): (lng: number, lat: number) => [number, number] {
  const scale = 2 ** z * EXTENT;
  return (lng, lat) => [
    Math.round(acrossAt(lng) * scale - x * EXTENT),
    Math.round(downAt(lat) * scale - y * EXTENT),
  ];
}

/** How far east of the map's western edge, of its width. */
export const acrossAt = (lng: number) => (lng + 180) / 360;

/** How far south of the map's northern edge, of its height. */
export function downAt(lat: number): number {
  const within = Math.max(-MOST_LATITUDE, Math.min(MOST_LATITUDE, lat));
  const sine = Math.sin((within * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

const longitudeAt = (across: number) => Math.max(-180, Math.min(180, across * 360 - 180));

function latitudeAt(down: number): number {
  const lat = (Math.atan(Math.sinh(Math.PI * (1 - 2 * down))) * 180) / Math.PI;
  // Elements at the poles belong to the outermost tiles.
  if (down <= 0) return 90;
  return down >= 1 ? -90 : lat;
}
