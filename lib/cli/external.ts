import type { Command } from 'commander';
import { requireDestination } from '#services/external/destinations.ts';
import { requestSend } from '#services/external/send-backup.ts';
import { addCommand, type Context } from './command.ts';
import { requireBackup } from './find-backup.ts';
import { formatBytes, plain } from './format.ts';
import { jobView } from './views.ts';
import { waitForJob } from './wait-for-job.ts';

export function addExternal(program: Command): void {
  addCommand(
    program,
    'external <backup> <destination>',
    'send a backup to a destination now',
    (command) => command,
    sendNow,
  );
}

async function sendNow({ session, out }: Context, args: string[]): Promise<void> {
  const [backupName = '', destinationName = ''] = args;
  const mayView = await session.permit('backup.view');
  const backup = await requireBackup(session, backupName);
  const to = await requireDestination(session.server, mayView, destinationName);
  const asked = await requestSend(session.server, await session.permit('backup.create'), {
    backupId: backup.id,
    destinationId: to.id,
  });
  const job = await waitForJob(session, asked, out.json);
  const { objects = '0', bytes = '0' } = (job.result ?? {}) as Record<string, string>;
  out.answer({ job: jobView(job) }, [
    `“${plain(backup.name)}” is in “${plain(to.name)}”: ${objects} objects were sent, ${formatBytes(BigInt(bytes))}.`,
  ]);
}
