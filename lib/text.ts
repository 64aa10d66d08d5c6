import type { FieldReasonParams } from '#errors/field-reasons.ts';
import type { WithParams } from '#errors/params.ts';

/** The rules for names and other lines that people type. */

/** Control characters, line separators, and halves of a surrogate pair, which PostgreSQL cannot keep. */
const NO_TEXT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Direction controls (UAX #9), which would reorder the sentence around a name. Scripts need none of them. */
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/gu;
/** U+2800 is the blank of Braille. */
const NOTHING_TO_SEE = /^[\p{Z}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

export type WrongText = WithParams<FieldReasonParams, 'controlCharacters' | 'required' | 'tooLong'>;

/** What is wrong with a trimmed line of at most `most` characters (code points). Null for a good line. */
export function wrongLine(line: string, most: number): WrongText | null {
  if (!fits(line, most)) return { reason: 'tooLong', params: { max: most } };
  const odd = NO_TEXT.test(line) || line.search(DIRECTION) !== -1;
  return odd ? { reason: 'controlCharacters' } : null;
}

/** `wrongLine`, and something must be visible. */
export function wrongName(name: string, most: number): WrongText | null {
  return NOTHING_TO_SEE.test(name) ? { reason: 'required' } : wrongLine(name, most);
}

/** `wrongName` for a file's name. Nobody typed it, so it keeps its direction controls. */
export function wrongFileName(name: string, most: number): WrongText | null {
  return wrongName(name.replaceAll(DIRECTION, ' '), most);
}

/** Whether the text has at most `most` code points. Counts them only where the length does not tell. */
export function fits(text: string, most: number): boolean {
  return text.length <= most || (text.length <= 2 * most && [...text].length <= most);
}

/** The letters that PostgreSQL's `translate` replaces to compare texts without case and accents. */
export const ACCENTED = 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ';
export const PLAIN = 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy';
