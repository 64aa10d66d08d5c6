const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const QUOTED = /“(.*)”/s;

/** What a sentence of the server names and its translation names again. */
export interface Names {
  /** Ids, in order. */
  readonly first: string;
  readonly second: string;
  /** What stands in quotes. */
  readonly name: string;
  readonly n: number;
  /** The number behind that one. */
  readonly m: number;
}

export function namesIn(sentence: string): Names {
  const [first = '?', second = '?'] = sentence.match(ID) ?? [];
  const numbers = sentence.replace(ID, '').replace(QUOTED, '').match(/\d+/g) ?? [];
  const [n = 0, m = 0] = numbers.map(Number);
  return { first, second, name: QUOTED.exec(sentence)?.[1] ?? '?', n, m };
}

/** The words of a sentence as a key, without the ids, numbers and names in it: “Reload the page.” → `reload_the_page`. */
export function sentenceKey(sentence: string): string {
  const words = sentence.replace(ID, '').replace(QUOTED, '').toLowerCase();
  return words.replace(/[^a-z]+/g, '_').replace(/^_|_$/g, '');
}
