import { FiberkeepError } from '#errors';

/** WGS 84 degrees, as GeoJSON has them (RFC 7946): `[lng, lat]`. */
export type Position = readonly [lng: number, lat: number];

export type Shape =
  | { readonly kind: 'POINT'; readonly at: Position }
  | { readonly kind: 'LINE'; readonly path: readonly Position[] };

/** One thing that a file tells of, as it stands there. */
export interface Feature {
  /** Its folder, sheet or layer, or what a column calls its kind; the parts joined by ` / `. Empty: it has none. */
  readonly group: string;
  /** Where people find it in the file: the line of a table, else which feature it is, from 1. */
  readonly place: number;
  /** Texts by the name of their column, as far as there are any. */
  readonly values: Readonly<Record<string, string>>;
  readonly shape: Shape | null;
}

/** More is no network, or the file is an attack. */
export const MOST_FEATURES = 1_000_000;
export const MOST_COLUMNS = 1_000;
/** Of one text, in characters. */
export const MOST_VALUE = 100_000;
/** Of one feature, in bytes of the file. */
export const MOST_FEATURE_BYTES = 16 * 1024 ** 2;
export const MOST_POSITIONS_READ = 100_000;
/** Files within files: what they may grow to in all. */
export const MOST_INFLATED_BYTES = 4 * 1024 ** 3;

export const GROUP_SEPARATOR = ' / ';

export function malformed(place: number | null, cause?: unknown): FiberkeepError {
  return place === null
    ? new FiberkeepError('FILE_REFUSED', { reason: 'fileMalformed', cause })
    : new FiberkeepError('FILE_REFUSED', {
        reason: 'fileMalformedAt',
        params: { place },
        cause,
      });
}

export function tooManyColumns(): FiberkeepError {
  return new FiberkeepError('FILE_REFUSED', {
    reason: 'fileTooManyColumns',
    params: { max: MOST_COLUMNS },
  });
}

export function tooManyFeatures(): FiberkeepError {
  return new FiberkeepError('FILE_REFUSED', {
    reason: 'fileTooManyFeatures',
    params: { max: MOST_FEATURES },
  });
}

export function featureTooLarge(place: number): FiberkeepError {
  return new FiberkeepError('FILE_REFUSED', { reason: 'fileFeatureTooLarge', params: { place } });
}
