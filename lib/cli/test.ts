import type { Command } from 'commander';
import { requestTest } from '#services/restore-tests/test-backup.ts';
import { addCommand, type Context } from './command.ts';
import { requireBackup } from './find-backup.ts';
import { formatSeconds, plain } from './format.ts';
import { backupView, jobView } from './views.ts';
import { waitForJob } from './wait-for-job.ts';

export function addTest(program: Command): void {
  addCommand(
    program,
    'test <backup>',
    'prove a backup: load it aside, check every byte and key, drop it',
    (command) => command,
    testBackup,
  );
}

async function testBackup({ session, out }: Context, args: string[]): Promise<void> {
  const backup = await requireBackup(session, args[0] ?? '');
  const permit = await session.permit('backup.create');
  const asked = await requestTest(session.server, permit, backup.id);
  const job = await waitForJob(session, asked, out.json);
  const tested = await requireBackup(session, backup.id);
  out.answer({ job: jobView(job), backup: backupView(tested) }, [
    `The backup “${plain(tested.name)}” is tested: all of it was loaded aside, and is what was written.`,
    `Going back to it takes about ${formatSeconds(tested.restoreSeconds ?? 0)}.`,
  ]);
}
