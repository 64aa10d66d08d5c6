import type { Command } from 'commander';
import { FiberkeepError } from '#errors';
import type { ChangeSet, Restore } from '#generated/vault/client.ts';
import { newestUndoableChangeSet } from '#services/bring-back/change-set-queries.ts';
import { requestUndo } from '#services/bring-back/undo-change-set.ts';
import { requestUndoImport } from '#services/imports/apply-import.ts';
import { canUndo, listRestores } from '#services/restores/restore-queries.ts';
import { undoRestore } from '#services/restores/undo-restore.ts';
import { addCommand, type Context } from './command.ts';
import { confirmName } from './confirm.ts';
import { plain } from './format.ts';
import type { Session } from './session.ts';
import { restoreView } from './views.ts';
import { waitForJob } from './wait-for-job.ts';

interface Options {
  readonly yes?: boolean;
  readonly cancelBackup?: boolean;
  readonly keepChanged?: boolean;
}

export function addUndo(program: Command): void {
  addCommand<Options>(
    program,
    'undo',
    'undo the last restore, import, or rows brought back',
    (command) =>
      command
        .option('--yes', 'do not ask for the name')
        .option('--cancel-backup', 'cancel a backup that is being made')
        .option('--keep-changed', 'of rows brought back: leave what people changed since'),
    undo,
  );
}

/** The newest of both kinds: a restore, or rows that were brought back. */
async function undo(context: Context, _args: string[], options: Options): Promise<void> {
  const { session, out } = context;
  const restore = await newestRestore(session);
  const set = await newestUndoableChangeSet(session.server);
  if (set?.appliedAt && (!restore?.appliedAt || set.appliedAt > restore.appliedAt))
    return undoBroughtBack(context, set, options);
  if (!restore) throw new FiberkeepError('NOT_FOUND', { reason: 'nothingToUndo' });
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

async function undoBroughtBack(
  { session, out }: Context,
  set: ChangeSet,
  options: Options,
): Promise<void> {
  const { keepChanged, yes = false } = options;
  if (set.fileName !== null) return undoImport({ session, out }, set, set.fileName, options);
  const question = 'What was brought back from this backup goes again.';
  await confirmName(question, set.backupName, yes);
  const permit = await session.permit('backup.restore');
  const { job } = await requestUndo(session.server, permit, set.id, { keepChanged });
  await waitForJob(session, job, out.json);
  out.answer({ changeSet: { id: set.id, status: 'UNDONE' } }, [
    `What was brought back from “${plain(set.backupName)}” is undone.`,
  ]);
}

async function undoImport(
  { session, out }: Pick<Context, 'session' | 'out'>,
  { id }: ChangeSet,
  fileName: string,
  { keepChanged, yes = false }: Options,
): Promise<void> {
  await confirmName('What was imported from this file goes again.', fileName, yes);
  const permit = await session.permit('network.import');
  const { job } = await requestUndoImport(session.server, permit, id, { keepChanged });
  await waitForJob(session, job, out.json);
  out.answer({ changeSet: { id, status: 'UNDONE' } }, [
    `The import of “${plain(fileName)}” is undone.`,
  ]);
}

/** Only the newest applied restore can be undone; the list also holds previews. */
async function newestRestore(session: Session): Promise<Restore | null> {
  const permit = await session.permit('backup.view');
  const { items } = await listRestores(session.server, permit, { first: 200 });
  for (const restore of items) if (await canUndo(session.server, restore)) return restore;
  return null;
}
