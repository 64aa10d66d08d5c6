import type { Command } from 'commander';
import { requireDestination } from '#services/external/destinations.ts';
import { openDestination } from '#services/external/open-destination.ts';
import { findInPlace } from '#services/recovery/find-in-place.ts';
import { openKit } from '#services/recovery/kit-for-machine.ts';
import { printRecoveryKit } from '#services/recovery-kit/recovery-kit.ts';
import { addCommand, type Context } from './command.ts';
import { formatTime, plain } from './format.ts';
import { readText } from './place-options.ts';

interface Options {
  readonly check?: string;
  readonly kit?: string;
}

export function addKit(program: Command): void {
  addCommand<Options>(
    program,
    'kit',
    'print the recovery kit: the secrets that open every backup',
    (command) =>
      command
        .option('--check <destination>', 'say whether the kit opens what lies in a destination')
        .option(
          '--kit <file>',
          'with --check: the kit as it was saved (else the key of this server)',
        ),
    kit,
  );
}

async function kit(context: Context, _args: string[], options: Options): Promise<void> {
  if (options.check === undefined) await printKit(context);
  else await checkKit(context, options.check, options.kit);
}

async function printKit({ session, out }: Context): Promise<void> {
  const permit = await session.permit('backup.configure');
  const { kit } = await printRecoveryKit(session.server, permit);
  const { serverId, serverKey, ageIdentity, ageRecipient } = kit;
  out.answer({ serverId, serverKey, ageIdentity, ageRecipient }, kit.text.trimEnd().split('\n'));
}

/** Opens every manifest there with the key of the kit, as a recovery would. */
async function checkKit(
  { session, out }: Context,
  destination: string,
  file: string | undefined,
): Promise<void> {
  const { server } = session;
  const mayView = await session.permit('backup.view');
  const row = await requireDestination(server, mayView, destination);
  const keys = file ? openKit(await readText(file)).keys : server.keys;
  await using place = await openDestination(server, row, session.signal);
  const { backups, unreadable } = await findInPlace(place, keys, session.signal);
  const [newest] = backups;
  const about = newest && { id: newest.metadata.backupId, name: newest.name };
  out.answer({ opens: backups.length, unreadable, newest: about }, [
    `The kit opens ${backups.length} ${backups.length === 1 ? 'backup' : 'backups'} in “${plain(row.name)}”.`,
    ...(unreadable > 0 ? [`${unreadable} cannot be opened.`] : []),
    ...(newest
      ? [
          `The newest is “${plain(newest.name)}” of ${formatTime(new Date(newest.metadata.createdAt), session.timeZone)}.`,
        ]
      : []),
  ]);
}
