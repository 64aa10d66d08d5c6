import type { FieldReasonParams } from '#errors/field-reasons.ts';
import type { WithParams } from '#errors/params.ts';

/** The rules for names and other lines that people type. */

/** Control characters, line separators, and halves of a surrogate pair, which PostgreSQL cannot keep. */
const NO_TEXT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;
/** U+2800 is the blank of Braille. */
const NOTHING_TO_SEE = /^[\p{Z}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** Characters that show nothing, but decide how their neighbours look. */
const SHAPING = [
  // An emoji of several, such as a family.
  /(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d(?=\p{Extended_Pictographic})/u,
  // Arabic and Indic scripts join letters or keep them apart (UAX #31).
  /(?<=(?![\p{scx=Latin}\p{scx=Greek}\p{scx=Cyrillic}])[\p{L}\p{M}])[\u200c\u200d](?=[\p{L}\p{M}])/u,
  /(?<=(?!\p{Script=Inherited})\p{M})\u200d/u,
  // Variants of an emoji or a sign, an ideograph, a Mongolian letter.
  /(?<=[\p{Emoji}\p{S}\p{Script=Han}])[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u,
  /(?<=\p{Script=Mongolian})[\u180b-\u180f]/u,
  // The flag of a region.
  /(?<=\u{1f3f4}[\u{e0020}-\u{e007e}]*)[\u{e0020}-\u{e007f}]/u,
];
const INVISIBLE = new RegExp(
  `(${SHAPING.map(({ source }) => source).join('|')})|\\p{Default_Ignorable_Code_Point}`,
  'gu',
);

/**
 * A line as it is kept: NFC, trimmed, blanks and tabs in a row as one blank. What shows nothing is taken out, such
 * as zero-width spaces and direction controls (UAX #9): they come along when people paste, nobody can see them to
 * delete them, and they make two names of the same look, or reorder the sentence around a name.
 */
export function tidyLine(text: string): string {
  return text
    .replaceAll(INVISIBLE, (_invisible, shaping?: string) => shaping ?? '')
    .normalize('NFC')
    .replaceAll(/[\t\p{Zs}]+/gu, ' ')
    .trim();
}

export type WrongText = WithParams<FieldReasonParams, 'controlCharacters' | 'required' | 'tooLong'>;

/** What is wrong with a line (as `tidyLine` has it) of at most `most` characters (code points); null: nothing. */
export function wrongLine(line: string, most: number): WrongText | null {
  if (!fits(line, most)) return { reason: 'tooLong', params: { max: most } };
  return NO_TEXT.test(line) ? { reason: 'controlCharacters' } : null;
}

/** `wrongLine`, and something must be visible. */
export function wrongName(name: string, most: number): WrongText | null {
  return NOTHING_TO_SEE.test(name) ? { reason: 'required' } : wrongLine(name, most);
}

/** Whether the text has at most `most` code points. Counts them only where the length does not tell. */
export function fits(text: string, most: number): boolean {
  return text.length <= most || (text.length <= 2 * most && [...text].length <= most);
}
