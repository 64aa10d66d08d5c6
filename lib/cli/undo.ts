import type { Command } from 'commander';
import { FiberkeepError } from '#errors';
import type { Restore } from '#generated/vault/client.ts';
import { canUndo, listRestores } from '#services/restores/restore-queries.ts';
import { undoRestore } from '#services/restores/undo-restore.ts';
import { addCommand, type Context } from './command.ts';
import { confirmName } from './confirm.ts';
import { plain } from './format.ts';
import type { Session } from './session.ts';
import { restoreView } from './views.ts';

interface Options {
  readonly yes?: boolean;
  readonly cancelBackup?: boolean;
}

export function addUndo(program: Command): void {
  addCommand<Options>(
    program,
    'undo',
    'undo the last restore; work done since is kept in a backup',
    (command) =>
      command
        .option('--yes', 'do not ask for the name')
        .option('--cancel-backup', 'cancel a backup that is being made'),
    undo,
  );
}

async function undo({ session, out }: Context, _args: string[], options: Options): Promise<void> {
  const restore = await requireUndoable(session);
  const question = 'The network becomes what it was before this restore.';
  await confirmName(question, restore.backupName, options.yes ?? false);
  const permit = await session.permit('backup.restore');
  const undone = await undoRestore(session.server, permit, restore.id, {
    cancelRunningBackup: options.cancelBackup ?? false,
  });
  session.work();
  out.answer({ restore: restoreView(undone) }, [
    `The network is again what it was before “${plain(restore.backupName)}” was restored.`,
  ]);
}

/** Only the newest applied restore can be undone; the list also holds previews. */
async function requireUndoable(session: Session): Promise<Restore> {
  const permit = await session.permit('backup.view');
  const { items } = await listRestores(session.server, permit, { first: 200 });
  for (const restore of items) if (await canUndo(session.server, restore)) return restore;
  throw new FiberkeepError('NOT_FOUND', { reason: 'nothingToUndo' });
}
