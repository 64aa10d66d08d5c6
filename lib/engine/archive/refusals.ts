import { RewindError } from '../../errors/index.ts';

/** Why an archive is not taken: each cause its own code. Nothing of it is kept. */

export function notAnArchive(why: string): RewindError {
  return new RewindError('NOT_AN_ARCHIVE', `This is not an archive of Rewind: ${why}.`, {
    hint: 'Choose a file that was downloaded from the Backup tab: its name ends in .tar.gz.doz.',
  });
}

export function truncated(why: string): RewindError {
  return new RewindError('ARCHIVE_TRUNCATED', `The archive was cut short: ${why}.`, {
    hint: 'Download or copy it again, and compare its size. Nothing was changed here.',
  });
}

export function altered(where: string): RewindError {
  return new RewindError(
    'ARCHIVE_ALTERED',
    `The archive was altered after it was made: ${where}.`,
    {
      hint: 'Take another copy of it. Nothing was changed here.',
    },
  );
}

export function madeByOtherServer(theirs: string, ours: string): RewindError {
  return new RewindError(
    'MADE_BY_OTHER_SERVER',
    `The archive was made by the server ${theirs}; this is the server ${ours}.`,
    {
      hint: 'Upload it to the server that made it, or set this one up with the recovery kit of that one.',
    },
  );
}

export function keyUnknown(): RewindError {
  return new RewindError(
    'KEY_UNKNOWN',
    'The archive says that this server made it, but the key of this server does not open it.',
    {
      hint: 'Take another copy of it. Whoever wrote this one did not have the key of this server.',
    },
  );
}

export function formatNewer(what: string): RewindError {
  return new RewindError(
    'FORMAT_NEWER',
    `The archive was made by a newer version of Rewind: ${what}.`,
    {
      hint: 'Upgrade this server, then try again.',
    },
  );
}

export function differs(what: string): RewindError {
  return new RewindError(
    'CONTENTS_DIFFER',
    `The contents are not what the archive announces: ${what}.`,
    {
      hint: 'Take another archive. Nothing of this one was kept.',
    },
  );
}

export function larger(what: string): RewindError {
  return new RewindError('LARGER_THAN_ANNOUNCED', `There is more than was announced: ${what}.`, {
    hint: 'Start the upload again with the whole file. Nothing of this one was kept.',
  });
}
