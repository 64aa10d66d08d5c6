import type { Command } from 'commander';
import { requestVerify } from '../services/drills/verify-backup.ts';
import { addCommand, type Context } from './command.ts';
import { requireBackup } from './find-backup.ts';
import { formatSeconds, plain } from './format.ts';
import { backupView, jobView } from './views.ts';
import { waitForJob } from './wait-for-job.ts';

export function addVerify(program: Command): void {
  addCommand(
    program,
    'verify <backup>',
    'prove a backup: load it aside, check every byte and key, drop it',
    (command) => command,
    verify,
  );
}

async function verify({ session, out }: Context, args: string[]): Promise<void> {
  const backup = await requireBackup(session, args[0] ?? '');
  const permit = await session.permit('backup.create');
  const asked = await requestVerify(session.server, permit, backup.id);
  const job = await waitForJob(session, asked, out.json);
  const proven = await requireBackup(session, backup.id);
  out.answer({ job: jobView(job), backup: backupView(proven) }, [
    `The backup “${plain(proven.name)}” is proven: all of it was loaded aside, and is what was written.`,
    `Going back to it takes about ${formatSeconds(proven.restoreSeconds ?? 0)}.`,
  ]);
}
