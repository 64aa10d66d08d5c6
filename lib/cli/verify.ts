import type { Command } from 'commander';
import { requestVerify } from '../services/verify-backup.ts';
import { addCommand, type Context } from './command.ts';
import { requireBackup } from './find-backup.ts';
import { plain } from './format.ts';
import { backupView, jobView } from './views.ts';
import { waitForJob } from './wait-for-job.ts';

export function addVerify(program: Command): void {
  addCommand(
    program,
    'verify <backup>',
    'read a whole backup back and check every byte',
    (command) => command,
    verify,
  );
}

async function verify({ session, out }: Context, args: string[]): Promise<void> {
  const backup = await requireBackup(session, args[0] ?? '');
  const permit = await session.permit('backup.create');
  const asked = await requestVerify(session.server, permit, backup.id);
  const job = await waitForJob(session, asked, out.json);
  out.answer({ job: jobView(job), backup: backupView(backup) }, [
    `The backup “${plain(backup.name)}” is whole: everything in it was read back and is what was written.`,
  ]);
}
