/** Numbers that look drawn by lot and are the same on every machine, for one thing of the sample. */
export interface Random {
  /** From 0 up to but not 1. */
  next(): number;
  /** A whole number from `least` to `most`, both of them possible. */
  whole(least: number, most: number): number;
  pick<T>(list: readonly T[]): T;
  chance(probability: number): boolean;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The numbers that belong to `parts`: FNV-1a makes them a seed, Mulberry32 goes on from it. */
export function randomOf(...parts: readonly (string | number)[]): Random {
  let state = FNV_OFFSET;
  for (const char of parts.join('/')) state = Math.imul(state ^ char.charCodeAt(0), FNV_PRIME);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    whole,
    pick: <T>(list: readonly T[]) => list[whole(0, list.length - 1)] as T,
    chance: (probability) => next() < probability,
  };
}
