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
    'test a backup: restore it aside, compare every row and file, drop it',
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
    `The backup “${plain(tested.name)}” is tested: it was restored aside, and every row and file is as it was read.`,
    `Restoring it takes about ${formatSeconds(tested.restoreSeconds ?? 0)}.`,
  ]);
}
