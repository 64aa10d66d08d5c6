import type { Command } from 'commander';
import { deleteBackup } from '#services/backups/delete-backup.ts';
import { addCommand, type Context } from './command.ts';
import { confirmName } from './confirm.ts';
import { requireBackup } from './find-backup.ts';
import { plain } from './format.ts';

export function addDelete(program: Command): void {
  addCommand<{ yes?: boolean }>(
    program,
    'delete <backup>',
    'delete a backup, and what no other backup needs',
    (command) => command.option('--yes', 'do not ask for the name'),
    remove,
  );
}

async function remove(
  { session, out }: Context,
  args: string[],
  options: { yes?: boolean },
): Promise<void> {
  const backup = await requireBackup(session, args[0] ?? '');
  await confirmName('The backup is deleted for ever.', backup.name, options.yes ?? false);
  await deleteBackup(session.server, await session.permit('backup.delete'), backup.id);
  session.work();
  out.answer({ deleted: backup.id }, [`The backup “${plain(backup.name)}” is deleted.`]);
}
