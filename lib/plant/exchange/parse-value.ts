const PLAIN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const COMMA = /^[+-]?\d*,\d+$/;
const THOUSANDS_DOT = /^[+-]?\d{1,3}(\.\d{3})+,\d+$/;
const THOUSANDS_COMMA = /^[+-]?\d{1,3}(,\d{3})+\.\d+$/;
/** Degrees, minutes and seconds, with a letter of the compass in English, Portuguese or Spanish. */
const DEGREES =
  /^([NSEWLO])?\s*(-)?(\d{1,3})\s*[°º]\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*['′’]\s*)?(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:"|″|”|''|’’)\s*)?([NSEWLO])?$/i;
const UNIT = /\s*(m|metros?|meters?|fo|fibras?|°|º)$/i;

/** A number as people and spreadsheets write it: decimal point or comma, degrees, a unit after it. Null: it is none. */
export function parseNumber(text: string): number | null {
  const tidy = text
    .trim()
    .replaceAll(/[\u00a0\u2009\u202f]/g, '')
    .replaceAll('−', '-');
  if (tidy === '') return null;
  const degrees = DEGREES.exec(tidy);
  if (degrees) return ofDegrees(degrees);
  const bare = tidy.replace(UNIT, '');
  if (PLAIN.test(bare)) return Number(bare);
  if (THOUSANDS_DOT.test(bare)) return Number(bare.replaceAll('.', '').replace(',', '.'));
  if (THOUSANDS_COMMA.test(bare)) return Number(bare.replaceAll(',', ''));
  return COMMA.test(bare) ? Number(bare.replace(',', '.')) : null;
}

function ofDegrees(found: RegExpExecArray): number {
  const [, before, minus, degrees, minutes, seconds, after] = found;
  const of = (part: string | undefined) => Number((part ?? '0').replace(',', '.'));
  const size = of(degrees) + of(minutes) / 60 + of(seconds) / 3600;
  const letter = (before ?? after ?? '').toUpperCase();
  // O: oeste (west). L: leste (east).
  return minus || ['S', 'W', 'O'].includes(letter) ? -size : size;
}

/** `-23.5, -46.6`, `-23,5; -46,6`, `-23.5 -46.6`: latitude first, as people write it. Null: it is none. */
export function parsePair(text: string): readonly [lat: number, lng: number] | null {
  const parts = text.trim().split(/\s*;\s*|,\s+|\s+|(?<=\.\d+),/);
  if (parts.length !== 2) return null;
  const [lat, lng] = parts.map(parseNumber);
  return lat == null || lng == null ? null : [lat, lng];
}
