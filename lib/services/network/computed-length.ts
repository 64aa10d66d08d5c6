import geodesic from 'geographiclib-geodesic';

const wgs84 = geodesic.Geodesic.WGS84;

/** Meters along a path of `[lng, lat]` on the ellipsoid of WGS 84, to a centimeter; 0 where there is none. */
export function computedLength(path: unknown): number {
  if (!Array.isArray(path)) return 0;
  let meters = 0;
  for (let at = 1; at < path.length; at++) {
    const [from, to] = [path[at - 1], path[at]];
    meters += wgs84.Inverse(from[1], from[0], to[1], to[0]).s12 ?? 0;
  }
  return Math.round(meters * 100) / 100;
}
