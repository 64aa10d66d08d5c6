import { type FieldError, validationError } from '../errors/index.ts';

export const MOST_NAME = 200;
export const MOST_COMMENT = 5_000;

/** Control characters, line separators, and halves of a surrogate pair, which PostgreSQL cannot keep. */
const NOT_IN_A_NAME = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;
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
    name === '' ? wrong('name', 'is empty') : null,
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
