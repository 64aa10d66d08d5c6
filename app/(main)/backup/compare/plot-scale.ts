/** A place in degrees, WGS 84. */
interface Place {
  readonly lat: number;
  readonly lng: number;
}

export interface PlotScale {
  x(place: Place): number;
  y(place: Place): number;
  /** A length that is easy to read, at most a quarter of the width, and how long it is drawn. */
  readonly bar: { readonly meters: number; readonly length: number };
}

const METERS_PER_DEGREE = 111_320;
/** A single place is shown in the middle of so much land. */
const LEAST_METERS = 200;

/**
 * Puts places on a plane of this size, north up, all of them at least `margin` from its edges. Equirectangular: true to
 * shape for a network, which is small.
 */
export function plotScale(
  places: readonly Place[],
  { width, height, margin }: { width: number; height: number; margin: number },
): PlotScale {
  const [south, north] = extent(places.map(({ lat }) => lat));
  const [west, east] = extent(places.map(({ lng }) => lng));
  const middle = { lat: (south + north) / 2, lng: (west + east) / 2 };
  const stretch = Math.max(0.01, Math.cos((middle.lat * Math.PI) / 180));
  const least = LEAST_METERS / METERS_PER_DEGREE;
  const perDegree = Math.min(
    (width - 2 * margin) / Math.max(least, (east - west) * stretch),
    (height - 2 * margin) / Math.max(least, north - south),
  );
  const perMeter = perDegree / METERS_PER_DEGREE;
  const meters = easyLength(width / 4 / perMeter);
  return {
    x: ({ lng }) => width / 2 + (lng - middle.lng) * stretch * perDegree,
    y: ({ lat }) => height / 2 - (lat - middle.lat) * perDegree,
    bar: { meters, length: meters * perMeter },
  };
}

function extent(values: readonly number[]): [least: number, most: number] {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return values.length > 0 ? [least, most] : [0, 0];
}

/** The longest of 1, 2, 5, 10, 20, … that is not above `most`. */
function easyLength(most: number): number {
  const ten = 10 ** Math.floor(Math.log10(most));
  const step = [5, 2, 1].find((one) => one * ten <= most) ?? 1;
  return step * ten;
}
