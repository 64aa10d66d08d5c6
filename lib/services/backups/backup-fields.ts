import { z } from 'zod';
import type { GivenName } from '#engine/ports.ts';
import { validationError } from '#errors';
import type { Backup } from '#generated/vault/client.ts';
import { fits, tidyLine, type WrongText, wrongName } from '#text';
import { type AuditTarget, backupTarget } from '#vault/audit.ts';
import { readGivenName } from '#vault/given-name.ts';

export const MOST_NAME = 200;
export const MOST_COMMENT = 5_000;

const NOT_IN_A_COMMENT = /[^\P{Cc}\t\n\r]|\p{Cs}/u;

export interface BackupText {
  readonly name: string;
  readonly comment: string;
}

/**
 * Name and comment as they are kept: the name as `tidyLine` has it, the comment trimmed. The name has 1 to 200 characters (code points) on one line, the
 * comment up to 5,000 on any number of lines. Emoji, HTML and any script are plain text. Throws
 * VALIDATION_FAILED naming every wrong field.
 */
export function readBackupText(text: BackupText): BackupText {
  const name = tidyLine(text.name);
  const comment = text.comment.normalize('NFC').trim();
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

/** A backup as the audit log names it when the job ends, even where the backup is gone by then. */
export interface NamedBackup {
  readonly backupId: string;
  readonly name: string;
  readonly givenName: GivenName | null;
}

/** The fields of `NamedBackup` for the input of a job. */
export const backupInputFields = {
  backupId: z.uuid(),
  name: z.string(),
  /** Written by this server alone. */
  givenName: z.custom<GivenName>((value) => typeof value === 'object').nullable(),
};

/** The fields of a job's input that name the backup. */
export function backupInput(backup: Pick<Backup, 'id' | 'name' | 'givenName'>): NamedBackup {
  const { id, name, givenName } = backup;
  return { backupId: id, name, givenName: readGivenName(givenName) };
}

/** The backup of a job's input as the audit log names it. */
export function inputTarget({ backupId, name, givenName }: NamedBackup): AuditTarget {
  return backupTarget({ id: backupId, name, givenName });
}

/** A backup or its manifest: the rows of each table, and how many contents it has. */
interface Counted {
  readonly tables: unknown;
  readonly fileCount: number;
}

/**
 * How many files the posts of a backup have, as people count them: the same photo on two posts counts twice,
 * where `fileCount` counts its content once. A structure without posts has as many files as contents.
 */
export function countPostFiles({ tables, fileCount }: Counted): number {
  const rows = (tables as { name: string; rows: number }[]).find(
    ({ name }) => name === 'post_file',
  )?.rows;
  return rows ?? fileCount;
}
