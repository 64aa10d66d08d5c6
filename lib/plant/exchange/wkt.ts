import { MOST_POSITIONS_READ, type Position, type Shape } from './read/feature.ts';

const POINT = /^\s*(?:SRID=4326;)?\s*POINT\s*Z?\s*\(\s*([^()]*)\)\s*$/i;
const LINE = /^\s*(?:SRID=4326;)?\s*LINESTRING\s*Z?\s*\(\s*([^()]*)\)\s*$/i;

/** A shape as OGC well-known text, in which GIS programs save tables: POINT and LINESTRING; null for all else. */
export function shapeOfWkt(text: string): Shape | null {
  const point = POINT.exec(text);
  if (point) {
    const at = positionOf(point[1] ?? '');
    return at && { kind: 'POINT', at };
  }
  const line =
    LINE.exec(text)?.[1]
      ?.split(',', MOST_POSITIONS_READ + 1)
      .map(positionOf) ?? [];
  const path = line.filter((position) => position !== null);
  return path.length > 1 && path.length === line.length ? { kind: 'LINE', path } : null;
}

function positionOf(text: string): Position | null {
  const [lng, lat] = text.trim().split(/\s+/).map(Number);
  return Number.isFinite(lng) && Number.isFinite(lat) ? [lng ?? 0, lat ?? 0] : null;
}
