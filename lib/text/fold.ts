/**
 * How names are compared. `foldName` is for search and order, `sameName` for what a person must type as it is.
 * The databases fold by `fold_name`, which `fold-sql.ts` makes from these tables.
 */

/**
 * What a search ignores: accents, as UTS #10 has them at primary strength, and characters that show nothing.
 * Vowel signs of Indic and Southeast Asian scripts are letters there, and stay.
 */
export const IGNORED =
  /\p{Default_Ignorable_Code_Point}|(?!\p{White_Space})\p{Cc}|(?=[\p{Script=Inherited}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}])[\p{Mn}\p{Me}]/u;

/**
 * Letters and signs that Unicode does not decompose, by what people without that keyboard type. Mostly as UTS #10
 * and CLDR's Latin-ASCII have it.
 */
export const PLAIN: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th' },
  ...{ ⱥ: 'a', ƀ: 'b', ɓ: 'b', ƈ: 'c', ȼ: 'c', ð: 'd', đ: 'd', ɖ: 'd', ɗ: 'd', ɇ: 'e', ƒ: 'f' },
  ...{ ǥ: 'g', ɠ: 'g', ħ: 'h', ı: 'i', ɨ: 'i', ȷ: 'j', ɉ: 'j', ƙ: 'k', ł: 'l', ƚ: 'l', ŋ: 'n' },
  ...{ ɲ: 'n', ø: 'o', ƥ: 'p', ɍ: 'r', ŧ: 't', ƭ: 't', ⱦ: 't', ʉ: 'u', ʋ: 'v', ɏ: 'y', ƴ: 'y' },
  ...{ ƶ: 'z', ȥ: 'z', ς: 'σ' },
  ...{ '‐': '-', '‒': '-', '–': '-', '—': '-', '―': '-', '−': '-' },
  ...{ '‘': "'", '’': "'", '‚': "'", '‛': "'", ʼ: "'", ʹ: "'", '′': "'" },
  ...{ '“': '"', '”': '"', '„': '"', '‟': '"', '«': '"', '»': '"' },
};

const EVERY_IGNORED = new RegExp(IGNORED.source, 'gu');
const NOT_PLAIN = new RegExp(`[${Object.keys(PLAIN).join('')}]`, 'gu');

/**
 * A name as lists are ordered and searched: no case, no accents, letters beyond a to z as plain ones, white space
 * as one blank. Compared by code points. Two names with the same fold are one name to a search.
 */
export function foldName(name: string): string {
  return oneBlank(
    name
      .normalize('NFKD')
      .replaceAll(EVERY_IGNORED, '')
      .toLowerCase()
      .replaceAll(NOT_PLAIN, (letter) => PLAIN[letter] ?? letter),
  );
}

/** A name in printable ASCII: letters as plain ones, `_` for what has none. */
export function asciiOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(EVERY_IGNORED, '')
    .replaceAll(/\p{White_Space}/gu, ' ');
  return plain.replaceAll(/[^ -~]/gu, (char) => {
    const lower = char.toLowerCase();
    const letters = PLAIN[lower] ?? '_';
    return /^[ -~]+$/.test(letters) ? (lower === char ? letters : letters.toUpperCase()) : '_';
  });
}

/** The order of lists by name. Names of the same fold are in the order of their characters. */
export function compareNames(one: string, other: string): number {
  return compare(foldName(one), foldName(other)) || compare(one, other);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/**
 * Whether two names look the same: case and accents count, how they are composed, runs of white space and invisible
 * characters do not.
 */
export function sameName(one: string, other: string): boolean {
  return visible(one) === visible(other);
}

function visible(name: string): string {
  return oneBlank(name.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '').normalize('NFC'));
}

/** Trims, and makes each run of white space one blank. */
function oneBlank(text: string): string {
  return text.replaceAll(/\p{White_Space}+/gu, ' ').trim();
}
