import type { ChangePartsFragment } from '#generated/graphql/client/graphql.ts';

/** Degrees, WGS 84. */
export interface Place {
  readonly lat: number;
  readonly lng: number;
}

type Moved = Pick<ChangePartsFragment, 'kind' | 'fields' | 'place'>;

/**
 * The place on each side, where a change has coordinates among its fields; null without any. Where only one coordinate
 * differs, the other is that of the change itself.
 */
export function placesOf({
  kind,
  fields,
  place,
}: Moved): { before: Place | null; after: Place | null } | null {
  const lat = fields.find(({ name }) => name === 'lat');
  const lng = fields.find(({ name }) => name === 'lng');
  if (!lat && !lng) return null;
  const on = (side: 'before' | 'after'): Place | null => {
    const found = {
      lat: Number(lat ? lat[side] : place?.lat),
      lng: Number(lng ? lng[side] : place?.lng),
    };
    return Number.isFinite(found.lat) && Number.isFinite(found.lng) ? found : null;
  };
  return {
    before: kind === 'ADDED' ? null : on('before'),
    after: kind === 'REMOVED' ? null : on('after'),
  };
}

const EARTH_RADIUS_METERS = 6_371_008.8;

/** Along a great circle (haversine). */
export function metersBetween(one: Place, other: Place): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const [lat, lng] = [radians(other.lat - one.lat), radians(other.lng - one.lng)];
  const half =
    Math.sin(lat / 2) ** 2 +
    Math.cos(radians(one.lat)) * Math.cos(radians(other.lat)) * Math.sin(lng / 2) ** 2;
  return 2 * EARTH_RADIUS_METERS * Math.asin(Math.min(1, Math.sqrt(half)));
}

/** The points of a line as GeoJSON has them, [[lng, lat], …]; null for anything else. */
export function lineOf(value: unknown): Place[] | null {
  if (!Array.isArray(value)) return null;
  const points = value.map((point) => {
    const [lng, lat] = Array.isArray(point) ? point : [];
    return { lat: Number(lat), lng: Number(lng) };
  });
  return points.every(({ lat, lng }) => Number.isFinite(lat) && Number.isFinite(lng))
    ? points
    : null;
}

export function lengthOf(points: readonly Place[]): number {
  return points
    .slice(1)
    .reduce((sum, point, at) => sum + metersBetween(points[at] ?? point, point), 0);
}
