import type { ExchangeKind } from './columns.ts';

/** WGS 84, degrees: `[lng, lat]`. */
export type Position = readonly [lng: number, lat: number];

/** What a column holds: tags are names, a path is positions, null is nothing. */
export type ExchangeValue = string | number | null | readonly string[] | readonly Position[];

/** One element as files have it: its values by the columns' names. */
export interface ExchangeElement {
  readonly kind: ExchangeKind;
  /** The id of its project; null: in none. */
  readonly projectId: string | null;
  readonly values: Readonly<Record<string, ExchangeValue>>;
}

/** Elements to write. `elements` may be read once for each of `kinds`, at the same time or one after the other. */
export interface ExchangeSource {
  readonly kinds: readonly ExchangeKind[];
  /** In the order of their projects' ids (those in none at the end), then of their names. */
  elements(kind: ExchangeKind): AsyncIterable<ExchangeElement>;
}

/** The path of a cable, the place of other elements; null where there is neither. RFC 7946 section 3.1. */
export type Geometry =
  | { readonly type: 'Point'; readonly coordinates: Position }
  | { readonly type: 'LineString'; readonly coordinates: readonly Position[] };

export function geometryOf({ kind, values }: ExchangeElement): Geometry | null {
  if (kind === 'cable') {
    const coordinates = values.path as readonly Position[];
    return coordinates.length > 1 ? { type: 'LineString', coordinates } : null;
  }
  const { lat, lng } = values;
  if (typeof lat !== 'number' || typeof lng !== 'number') return null;
  return { type: 'Point', coordinates: [lng, lat] };
}

/** The columns that a geometry says. */
export const geometryColumns: readonly string[] = ['lat', 'lng', 'path'];
