import type { Command } from 'commander';
import type { Backup } from '#generated/vault/client.ts';
import { countPostFiles } from '#services/backups/backup-fields.ts';
import { requestBackup } from '#services/backups/create-backup.ts';
import { notRestorableOf } from '#services/backups/not-restorable.ts';
import { addCommand, type Context } from './command.ts';
import { requireBackup } from './find-backup.ts';
import { formatBytes, formatLocalTime, plain } from './format.ts';
import { backupView, jobView, notRestorableLines } from './views.ts';
import { waitForJob } from './wait-for-job.ts';

interface Options {
  readonly name?: string;
  readonly comment: string;
  readonly files: boolean;
  readonly readEverything?: boolean;
}

export function addCreate(program: Command): void {
  addCommand<Options>(
    program,
    'create [name]',
    'make a backup',
    (command) =>
      command
        .option('--name <name>', 'its name, if not given first (else the date and time)')
        .option('--comment <text>', 'what it is for', '')
        .option('--no-files', 'leave out the files of posts')
        .option('--read-everything', 'read every table whole, not only what changed'),
    create,
  );
}

async function create({ session, out }: Context, args: string[], options: Options): Promise<void> {
  const asked = await requestBackup(session.server, await session.permit('backup.create'), {
    name: args[0] ?? options.name ?? `Backup ${formatLocalTime(new Date(), session.timeZone)}`,
    comment: options.comment,
    includeFiles: options.files,
    readEverything: options.readEverything,
  });
  const job = await waitForJob(session, asked, out.json);
  const backup = await requireBackup(session, backupIdOf(job.result));
  out.answer({ job: jobView(job), backup: backupView(backup) }, [
    `The backup “${plain(backup.name)}” is made: ${backup.tables ? rowsOf(backup.tables) : 0} rows, ` +
      `${filesOf(backup)}, ${formatBytes(backup.storedSize)} stored.`,
    `Its id is ${backup.id}.`,
    ...notRestorableLines(notRestorableOf(backup)),
  ]);
}

function backupIdOf(result: unknown): string {
  return String((result as { backupId?: string } | null)?.backupId ?? '');
}

function filesOf(backup: Backup): string {
  const count = countPostFiles(backup);
  return `${count} ${count === 1 ? 'file' : 'files'}${backup.includesFiles ? '' : ' not included'}`;
}

function rowsOf(tables: unknown): number {
  return (tables as { rows: number }[]).reduce((sum, { rows }) => sum + rows, 0);
}
