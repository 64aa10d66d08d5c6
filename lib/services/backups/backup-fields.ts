import { type FieldError, validationError } from '../../errors/index.ts';

export const MOST_NAME = 200;
export const MOST_COMMENT = 5_000;

/**
 * Control characters, line separators, halves of a surrogate pair, which PostgreSQL cannot keep, and the
 * controls of direction, which would turn the sentences around a name (UAX #9): scripts bring their own.
 */
const NOT_IN_A_NAME = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
/** U+2800 is the blank of Braille. */
const NOTHING_TO_SEE = /^[\p{Z}\p{Default_Ignorable_Code_Point}\u2800]*$/u;
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
  const errors = [
    NOTHING_TO_SEE.test(name) ? wrong('name', 'is empty') : null,
    name.length > MOST_NAME && [...name.slice(0, 2 * MOST_NAME + 1)].length > MOST_NAME
      ? wrong('name', `has more than ${MOST_NAME} characters`)
      : null,
    NOT_IN_A_NAME.test(name) ? wrong('name', 'holds control characters') : null,
    comment.length > MOST_COMMENT && [...comment].length > MOST_COMMENT
      ? wrong('comment', `has more than ${MOST_COMMENT} characters`)
      : null,
    NOT_IN_A_COMMENT.test(comment) ? wrong('comment', 'holds control characters') : null,
  ].filter((error) => error !== null);
  if (errors.length > 0) throw validationError(errors);
  return { name, comment };
}

function wrong(path: string, message: string): FieldError {
  return { path, message };
}
