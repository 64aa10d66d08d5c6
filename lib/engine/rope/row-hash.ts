/** A 32-bit hash of the row at [start, end), taken from at most eight places in it; 0 ≤ h < 2^32. */
export type RowHash = (bytes: Buffer, start: number, end: number) => number;

const SAMPLES = 8;
const WORD_BYTES = 4;

/**
 * Keyed, so that nobody can choose rows that all have the same hash. Equal hashes only suggest equal rows:
 * callers compare the bytes.
 */
export function rowHashUnder(key: Buffer): RowHash {
  const seed = key.readInt32LE(0);
  const first = key.readInt32LE(4) | 1;
  const second = key.readInt32LE(8) | 1;

  return function rowHash(bytes, start, end) {
    const length = end - start;
    let h = seed ^ length;
    const step = Math.max(WORD_BYTES, Math.floor((length - WORD_BYTES) / (SAMPLES - 1)));
    let at = start;
    for (; at + WORD_BYTES <= end; at += step) {
      const word =
        (bytes[at] ?? 0) |
        ((bytes[at + 1] ?? 0) << 8) |
        ((bytes[at + 2] ?? 0) << 16) |
        ((bytes[at + 3] ?? 0) << 24);
      h = Math.imul(h ^ word, first);
      h ^= h >>> 15;
    }
    for (; at < end; at++) h = Math.imul(h ^ (bytes[at] ?? 0), first);
    h ^= h >>> 13;
    h = Math.imul(h, second);
    return (h ^ (h >>> 16)) >>> 0;
  };
}
