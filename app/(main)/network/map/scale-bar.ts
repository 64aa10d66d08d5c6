const EARTH_METERS = 40_075_016.686;
const WORLD_PIXELS = 512;

export interface ScaleBar {
  readonly meters: number;
  readonly pixels: number;
}

/** The longest bar of 1, 2 or 5 times a power of ten meters that fits into `most` pixels at a latitude. */
export function scaleBar(lat: number, zoom: number, most: number): ScaleBar {
  const metersPerPixel =
    (EARTH_METERS * Math.cos((lat * Math.PI) / 180)) / (WORLD_PIXELS * 2 ** zoom);
  const room = metersPerPixel * most;
  const power = 10 ** Math.floor(Math.log10(room));
  const meters = power * ([5, 2].find((times) => times * power <= room) ?? 1);
  return { meters, pixels: meters / metersPerPixel };
}
