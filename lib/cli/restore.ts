import type { Command } from 'commander';
import type { Restore } from '#generated/vault/client.ts';
import { applyRestore } from '#services/restores/apply-restore.ts';
import { discardRestore } from '#services/restores/discard-restore.ts';
import { leftOutOf } from '#services/restores/not-restorable.ts';
import {
  comparison,
  getRestore,
  type TableComparison,
} from '#services/restores/restore-queries.ts';
import { requestStage } from '#services/restores/stage-restore.ts';
import { addCommand, type Context } from './command.ts';
import { confirmName } from './confirm.ts';
import { requireBackup } from './find-backup.ts';
import { formatCount, formatTable, formatTime, plain } from './format.ts';
import { notRestorableLines, restoreView } from './views.ts';
import { waitForJob } from './wait-for-job.ts';

interface Options {
  readonly yes?: boolean;
  readonly cancelBackup?: boolean;
}

export function addRestore(program: Command): void {
  addCommand<Options>(
    program,
    'restore <backup>',
    'restore a backup; can be undone',
    (command) =>
      command
        .option('--yes', 'do not ask for the name')
        .option('--cancel-backup', 'cancel a backup that is being made'),
    restore,
  );
}

async function restore(context: Context, args: string[], options: Options): Promise<void> {
  const { session, out } = context;
  const backup = await requireBackup(session, args[0] ?? '');
  const permit = await session.permit('backup.restore');
  const { restore: begun, job } = await requestStage(session.server, permit, backup.id);
  await waitForJob(session, job, out.json);
  const staged = await getRestore(session.server, begun.id);
  const tables = (await comparison(session.server, staged)) ?? [];
  const leftOut = await leftOutOf(session.server, staged);
  for (const line of [...previewLines(staged, tables), ...notRestorableLines(leftOut)])
    out.say(line);
  try {
    const question = 'This backup replaces the network. You can undo that for a while.';
    await confirmName(question, backup.name, options.yes ?? false);
  } catch (error) {
    await discardRestore(session.server, permit, staged.id);
    throw error;
  }
  const applied = await applyRestore(session.server, permit, staged.id, {
    confirmName: backup.name,
    cancelRunningBackup: options.cancelBackup ?? false,
  });
  session.work();
  out.answer({ restore: restoreView(applied), tables, notRestorable: leftOut }, [
    `The network is as it was in “${plain(backup.name)}”.`,
    ...(applied.undoUntil
      ? [
          `Undo it until ${formatTime(applied.undoUntil, session.timeZone)}: npm run fiberkeep -- undo`,
        ]
      : []),
  ]);
}

function previewLines(staged: Restore, tables: readonly TableComparison[]): string[] {
  const rows = tables.map(({ name, rowsInBackup, rowsNow }) => [
    name,
    formatCount(rowsNow),
    formatCount(rowsInBackup),
    rowsInBackup === rowsNow ? '' : signed(rowsInBackup - rowsNow),
  ]);
  return [
    ...formatTable(['Table', ' Rows now', ' In the backup', ' Difference'], rows),
    ...(staged.missingFiles > 0
      ? [`${formatCount(staged.missingFiles)} files of posts are missing, here and in the backup.`]
      : []),
  ];
}

function signed(value: bigint): string {
  return `${value > 0n ? '+' : ''}${formatCount(value)}`;
}
