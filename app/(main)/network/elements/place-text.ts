interface Place {
  readonly lat: number;
  readonly lng: number;
}

const NUMBER = String.raw`\d+(?:[.,]\d+)?`;
const MINUTES = String.raw`(?:(${NUMBER})\s*['′’](?!['′’])\s*)?`;
const SECONDS = String.raw`(?:(${NUMBER})\s*(?:["″”]|''|′′|’’)\s*)?`;
const DEGREES = String.raw`([-+−]?${NUMBER})\s*[°º]?\s*${MINUTES}${SECONDS}`;
/** North, south, east, west; in Portuguese and Spanish also L (leste) and O (oeste). */
const SIDE = '([NSEWLO])';

const SIDE_LAST = new RegExp(`${DEGREES}${SIDE}?`, 'gi');
const SIDE_FIRST = new RegExp(`${SIDE}\\s*${DEGREES}`, 'gi');

interface Degrees {
  readonly value: number;
  readonly side: string;
}

/**
 * A pair of coordinates as people copy them: `-22.9064, -47.0616`, with decimal commas, with degrees, minutes and
 * seconds, with letters for the sides. Latitude is first unless the letters say otherwise. Null: it is no pair.
 */
export function readPlace(text: string): Place | null {
  const [one, two, ...more] = partsOf(text);
  if (!one || !two || more.length > 0) return null;
  const swapped = isLongitude(one) || (!isLongitude(two) && /[NS]/.test(two.side));
  const [lat, lng] = swapped ? [two, one] : [one, two];
  if (isLongitude(lat) || /[NS]/.test(lng.side)) return null;
  if (Math.abs(lat.value) > 90 || Math.abs(lng.value) > 180) return null;
  return { lat: lat.value, lng: lng.value };
}

/** One coordinate in degrees; null where it is none. */
export function readDegrees(text: string): number | null {
  const [one, ...more] = partsOf(text);
  return one && more.length === 0 ? one.value : null;
}

const isLongitude = ({ side }: Degrees) => /[EWLO]/.test(side);

/** The coordinates in a text that holds nothing else but blanks, commas and semicolons between them. */
function partsOf(text: string): Degrees[] {
  const tidy = text.slice(0, 200).trim().replace(/^geo:/i, '');
  const first = /^[NSEWLO]/i.test(tidy);
  const found = [...tidy.matchAll(first ? SIDE_FIRST : SIDE_LAST)];
  const rest = found.reduce((left, [part]) => left.replace(part, ' '), tidy);
  if (!/^[\s,;]*$/.test(rest)) return [];
  return found.map(([, ...groups]) => {
    const [side, degrees, minutes, seconds] = first
      ? groups
      : [groups[3], groups[0], groups[1], groups[2]];
    return degreesFrom(side ?? '', degrees ?? '', minutes, seconds);
  });
}

function degreesFrom(side: string, degrees: string, minutes = '0', seconds = '0'): Degrees {
  const signed = degrees.replace('−', '-');
  const size = Math.abs(asNumber(signed)) + asNumber(minutes) / 60 + asNumber(seconds) / 3600;
  const letter = side.toUpperCase();
  const negative = signed.startsWith('-') || /[SWO]/.test(letter);
  // Ten millionths of a degree are a centimeter.
  return { value: Math.round((negative ? -size : size) * 1e7) / 1e7, side: letter };
}

const asNumber = (text: string) => Number(text.replace(',', '.'));
