import path from 'node:path';
import type { Command } from 'commander';
import type { Job } from '#generated/vault/client.ts';
import type { Permit } from '#services/permit.ts';
import { bringFileIn } from '#services/uploads/bring-file-in.ts';
import { addCommand, type Context } from './command.ts';
import { requireBackup } from './find-backup.ts';
import { plain } from './format.ts';
import { openProgressBar } from './progress.ts';
import type { Session } from './session.ts';
import { backupView, jobView } from './views.ts';
import { waitForJob } from './wait-for-job.ts';

export function addUpload(program: Command): void {
  addCommand(
    program,
    'upload <file>',
    'bring an archive back as the backup that it is',
    (command) => command,
    upload,
  );
}

async function upload({ session, out }: Context, args: string[]): Promise<void> {
  const permit = await session.permit('backup.upload');
  const file = path.resolve(args[0] ?? '');
  const asked = await bringIn(session, permit, file, out.json);
  const job = await waitForJob(session, asked, out.json);
  const { backupId } = job.result as { backupId: string };
  const backup = await requireBackup(session, backupId);
  out.answer({ job: jobView(job), backup: backupView(backup) }, [
    `The archive is whole and tested: the backup “${plain(backup.name)}” is in the list again.`,
    `Its id is ${backup.id}.`,
  ]);
}

async function bringIn(
  session: Session,
  permit: Permit<'backup.upload'>,
  file: string,
  quiet: boolean,
): Promise<Job> {
  const bar = openProgressBar(quiet);
  try {
    return await bringFileIn(session.server, permit, file, (done, total) => {
      session.signal.throwIfAborted();
      bar.showBytes('upload', done, total);
    });
  } finally {
    bar.end();
  }
}
