import { foldName } from './fold.ts';

/** Code points whose folding is looked up one by one: Latin, Greek, Cyrillic, and punctuation as phones write it. */
const LOOKED_UP = [
  [0x01, 0x52f],
  [0x2000, 0x206f],
] as const;

/** The classes of regular expressions, as text between brackets; the same in PostgreSQL and JavaScript (flag u). */
interface Classes {
  /** What folds to one character, by that character. */
  readonly single: ReadonlyMap<string, string>;
  /** What folds to nothing. */
  readonly ignored: string;
  /** What folds to several characters. */
  readonly several: string;
}

let known: Classes | undefined;

/**
 * A regular expression that every text matches whose fold contains `word`, itself a fold without blanks. Other texts
 * may match it too: those with letters that are not looked up. It is what a database can test at 1 µs a row, before
 * `fold_name`, which takes ten times that. Null: nothing can be said of the word.
 */
export function foldPattern(word: string): string | null {
  known ??= makeClasses();
  const { single, ignored, several } = known;
  const letters = [...word].map((letter) => single.get(letter));
  if (letters.length === 0 || letters.includes(undefined)) return null;
  const inOrder = letters.map((letter) => `[${letter}]`).join(`[${ignored}]*`);
  const lookedUp = LOOKED_UP.map(([from, to]) => `${escaped(from)}-${escaped(to)}`).join('');
  return `${inOrder}|[^${lookedUp}]|[${several}]`;
}

function makeClasses(): Classes {
  const single = new Map<string, string>();
  let ignored = '';
  let several = '';
  for (const [from, to] of LOOKED_UP)
    for (let code = from; code <= to; code++) {
      // Between letters, because a fold trims blanks.
      const fold = [...foldName(`x${String.fromCodePoint(code)}x`)].slice(1, -1);
      if (fold.length === 0) ignored += escaped(code);
      else if (fold.length > 1) several += escaped(code);
      else single.set(fold[0] ?? '', (single.get(fold[0] ?? '') ?? '') + escaped(code));
    }
  return { single, ignored, several };
}

const escaped = (code: number) => `\\u${code.toString(16).padStart(4, '0')}`;
