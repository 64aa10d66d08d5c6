import type { Command } from 'commander';
import type { Backup } from '#generated/vault/client.ts';
import { authorIn, authorInIfAny, authorText } from '#services/authors.ts';
import { countPostFiles } from '#services/backups/backup-fields.ts';
import { notRestorableOf } from '#services/backups/not-restorable.ts';
import { addCommand, type Context } from './command.ts';
import { requireBackup } from './find-backup.ts';
import {
  formatBytes,
  formatCount,
  formatSeconds,
  formatTable,
  formatTime,
  plain,
} from './format.ts';
import {
  backupView,
  changesOf,
  changesText,
  failureView,
  notRestorableLines,
  tablesOf,
} from './views.ts';

export function addShow(program: Command): void {
  addCommand(
    program,
    'show <backup>',
    'show one backup, named by its name or id',
    (command) => command,
    show,
  );
}

async function show({ session, out }: Context, args: string[]): Promise<void> {
  const { timeZone } = session;
  const backup = await requireBackup(session, args[0] ?? '');
  const count = formatCount(countPostFiles(backup));
  const files = backup.includesFiles
    ? `${count} (${formatBytes(backup.fileBytes)})`
    : `${count} (not included)`;
  const tables = tablesOf(backup).map(({ name, rows }) => [name, formatCount(rows)]);
  out.answer(backupView(backup), [
    `Name      ${plain(backup.name, 200)}`,
    `Id        ${backup.id}`,
    `Kind      ${backup.kind}${backup.pinned ? ', pinned' : ''}`,
    `Author    ${plain(authorText(authorIn(backup, 'author')))}`,
    `Created   ${formatTime(backup.createdAt, timeZone)}`,
    ...uploadLines(backup, timeZone),
    `Files     ${files}`,
    `Tables    ${formatBytes(backup.tableBytes)}`,
    `Size      ${backup.archiveExact ? '' : '≈ '}${formatBytes(backup.archiveSize)}`,
    ...(backup.archiveSha256 ? [`SHA-256   ${backup.archiveSha256}`] : []),
    `Stored    ${formatBytes(backup.storedSize)} that no earlier backup held`,
    ...testLines(backup, timeZone),
    ...changeLines(backup),
    ...notRestorableLines(notRestorableOf(backup)),
    ...(backup.comment ? [`Comment   ${plain(backup.comment, 2_000)}`] : []),
    '',
    ...formatTable(['Table', ' Rows'], tables),
  ]);
}

/** By table, and by the people of each. */
function changeLines(backup: Backup): string[] {
  const changes = changesOf(backup);
  if (!changes) return [];
  return [
    `Changed   ${changesText(changes)} since the backup before`,
    ...changes.map((table) => {
      const people = (table.people ?? []).map(
        (person) => `${plain(person.name ?? 'nobody known', 40)} ${changesText([person])}`,
      );
      return `          ${plain(table.table)} ${changesText([table])} (${people.join(', ')})`;
    }),
  ];
}

function testLines(backup: Backup, timeZone: string): string[] {
  const { testedAt, restoreSeconds, testFailedAt, testError } = backup;
  const tested = testedAt
    ? [
        `Tested    ${formatTime(testedAt, timeZone)}; restoring takes about ${formatSeconds(restoreSeconds ?? 0)}`,
      ]
    : [];
  if (!testFailedAt) return tested;
  return [
    ...tested,
    `Failed    restore test of ${formatTime(testFailedAt, timeZone)}: ${plain(failureView(testError)?.message ?? '', 2_000)}`,
  ];
}

function uploadLines(backup: Backup, timeZone: string): string[] {
  const { uploadedAt, uploadedFrom } = backup;
  const uploadedBy = authorInIfAny(backup, 'uploadedBy');
  if (uploadedAt === null || !uploadedBy) return [];
  const from = plain(uploadedFrom ?? '', 200);
  return [
    `Uploaded  ${formatTime(uploadedAt, timeZone)} by ${plain(authorText(uploadedBy))}, from ${from}`,
  ];
}
