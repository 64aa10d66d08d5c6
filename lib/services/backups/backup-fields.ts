import { validationError } from '#errors';
import { fits, type WrongText, wrongName } from '#text';

export const MOST_NAME = 200;
export const MOST_COMMENT = 5_000;

const NOT_IN_A_COMMENT = /[^\P{Cc}\t\n\r]|\p{Cs}/u;

export interface BackupText {
  readonly name: string;
  readonly comment: string;
}

/**
 * Name and comment as they are kept: trimmed, the name 1 to 200 characters (code points) on one line, the
 * comment up to 5,000 on any number. Emoji, HTML and any script are text like other text. Throws
 * VALIDATION_FAILED naming every wrong field.
 */
export function readBackupText(text: BackupText): BackupText {
  const name = text.name.trim();
  const comment = text.comment.trim();
  const nameFault = wrongName(name, MOST_NAME);
  const commentFault = wrongComment(comment);
  const errors = [
    ...(nameFault === null ? [] : [{ path: 'name', ...nameFault }]),
    ...(commentFault === null ? [] : [{ path: 'comment', ...commentFault }]),
  ];
  if (errors.length > 0) throw validationError(errors);
  return { name, comment };
}

function wrongComment(comment: string): WrongText | null {
  if (!fits(comment, MOST_COMMENT)) return { reason: 'tooLong', params: { max: MOST_COMMENT } };
  return NOT_IN_A_COMMENT.test(comment) ? { reason: 'controlCharacters' } : null;
}
