import type { FieldReasonParams } from '#errors/field-reasons.ts';
import type { WithParams } from '#errors/params.ts';

/** The one rule for names and other lines that people type, whatever they are of. */

/** Control characters, line separators, and halves of a surrogate pair, which PostgreSQL cannot keep. */
const NO_TEXT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;
/** The controls of direction, which would turn the sentences around a name (UAX #9): scripts bring their own. */
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/gu;
/** U+2800 is the blank of Braille. */
const NOTHING_TO_SEE = /^[\p{Z}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

export type WrongText = WithParams<FieldReasonParams, 'controlCharacters' | 'required' | 'tooLong'>;

/** What is wrong with a trimmed line of at most `most` characters (code points); null where nothing is. */
export function wrongLine(line: string, most: number): WrongText | null {
  if (!fits(line, most)) return { reason: 'tooLong', params: { max: most } };
  const odd = NO_TEXT.test(line) || line.search(DIRECTION) !== -1;
  return odd ? { reason: 'controlCharacters' } : null;
}

/** `wrongLine`, and there must be something to see. */
export function wrongName(name: string, most: number): WrongText | null {
  return NOTHING_TO_SEE.test(name) ? { reason: 'required' } : wrongLine(name, most);
}

/** `wrongName` of a file, which nobody typed: it came with its controls of direction, and keeps them. */
export function wrongFileName(name: string, most: number): WrongText | null {
  return wrongName(name.replaceAll(DIRECTION, ' '), most);
}

/** Counts code points, and not even those where the length alone tells. */
export function fits(text: string, most: number): boolean {
  return text.length <= most || (text.length <= 2 * most && [...text].length <= most);
}

/** Letters that PostgreSQL's `translate` makes plain where texts are compared without case and accents. */
export const ACCENTED = 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ';
export const PLAIN = 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy';
