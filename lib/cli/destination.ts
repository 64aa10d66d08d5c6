import type { Command } from 'commander';
import { errorText } from '#errors';
import type { DestinationInput } from '#services/external/destination-input.ts';
import { type DestinationView, viewOf } from '#services/external/destination-queries.ts';
import {
  deleteDestination,
  listDestinations,
  requireDestination,
} from '#services/external/destinations.ts';
import { settingsIn } from '#services/external/open-destination.ts';
import {
  createDestination,
  testDestination,
  updateDestination,
} from '#services/external/set-up-destination.ts';
import { addCommand, type Context } from './command.ts';
import { confirmName } from './confirm.ts';
import { formatBytes, formatTable, formatTime, plain } from './format.ts';
import { type PlaceOptions, placeInput, withPlaceOptions } from './place-options.ts';
import type { Session } from './session.ts';

interface AddOptions extends PlaceOptions {
  readonly takeOver?: boolean;
  readonly iHaveTheKit?: boolean;
}

interface UpdateOptions extends PlaceOptions {
  readonly takeOver?: boolean;
  readonly name?: string;
  readonly on?: boolean;
  readonly off?: boolean;
  readonly keepLast?: string;
  readonly keepDaily?: string;
  readonly keepWeekly?: string;
  readonly keepMonthly?: string;
  readonly limit?: string;
  readonly quiet?: string;
}

/** `destination add|list|test|update|remove`. */
export function addDestination(program: Command): void {
  const destination = program
    .command('destination')
    .description('places off this machine that receive external backups');
  addCommand<AddOptions>(
    destination,
    'add <name> <url>',
    'test a place and send backups there from now on',
    (command) =>
      withTakeOver(withPlaceOptions(command)).option(
        '--i-have-the-kit',
        'the recovery kit is saved: without it nobody can open the copies',
      ),
    add,
  );
  addCommand(destination, 'list', 'list destinations', (command) => command, list);
  addCommand(
    destination,
    'test <name>',
    'find out what the place can do',
    (command) => command,
    testPlace,
  );
  addCommand<UpdateOptions>(destination, 'update <name>', 'change one', withUpdateOptions, update);
  addCommand<{ yes?: boolean }>(
    destination,
    'remove <name>',
    'forget one; what lies there stays',
    (command) => command.option('--yes', 'do not ask for the name'),
    remove,
  );
}

function withTakeOver(command: Command): Command {
  return command.option('--take-over', 'another server of this key owned the place, and is gone');
}

function withUpdateOptions(command: Command): Command {
  return withTakeOver(withPlaceOptions(command))
    .option('--name <name>', 'another name')
    .option('--url <url>', 'another address')
    .option('--on', 'turn it on')
    .option('--off', 'turn it off')
    .option('--keep-last <n>', 'keep the newest so many automatic backups')
    .option('--keep-daily <n>', 'and the newest of so many days')
    .option('--keep-weekly <n>', 'of so many weeks')
    .option('--keep-monthly <n>', 'of so many months')
    .option('--limit <bytes>', 'send at most so many bytes a second; 0: no limit')
    .option('--quiet <from-until>', 'send nothing then, such as 08:00-18:00; none: at any time');
}

async function add({ session, out }: Context, args: string[], options: AddOptions): Promise<void> {
  const [name = '', url = ''] = args;
  const permit = await session.permit('backup.configure');
  const input = { name, ...(await placeInput({ ...options, url })) };
  const { iHaveTheKit: hasKit = false, takeOver = false } = options;
  const row = await createDestination(session.server, permit, input, { hasKit, takeOver });
  const view = await viewOf(session.server, row);
  // Its first backup is asked for by the worker, which looks at once.
  session.work();
  out.answer({ destination: jsonOf(view) }, [
    `“${plain(view.name)}” receives backups from now on: ${plain(view.url, 200)}`,
    ...stepLines(view),
  ]);
}

async function list({ session, out }: Context): Promise<void> {
  const rows = await listDestinations(session.server, await session.permit('backup.view'));
  const views = await Promise.all(rows.map((row) => viewOf(session.server, row)));
  const lines = views.map((view) => [
    plain(view.name, 40),
    plain(view.url, 60),
    view.state.toLowerCase(),
    view.newest ? formatTime(view.newest.createdAt, session.timeZone) : '',
    formatBytes(view.bytes),
  ]);
  out.answer(
    { destinations: views.map(jsonOf) },
    lines.length > 0
      ? formatTable(['Name', 'Place', 'State', 'Newest backup', ' Size'], lines)
      : ['There is no destination: backups lie on this machine alone.'],
  );
}

async function testPlace({ session, out }: Context, args: string[]): Promise<void> {
  const { id } = await find(session, args[0]);
  const permit = await session.permit('backup.configure');
  const view = await viewOf(session.server, await testDestination(session.server, permit, id));
  out.answer({ destination: jsonOf(view) }, stepLines(view));
  if (view.steps.some(({ outcome }) => outcome === 'FAILED')) process.exitCode = 1;
}

async function update(
  { session, out }: Context,
  args: string[],
  options: UpdateOptions,
): Promise<void> {
  const { id, access } = await find(session, args[0]);
  const permit = await session.permit('backup.configure');
  const [quietFrom, quietUntil] = readQuiet(options.quiet);
  const input: DestinationInput = {
    ...(await placeInput(options, settingsIn({ access }).kind)),
    name: options.name,
    enabled: options.on ? true : options.off ? false : null,
    keepLast: countOf(options.keepLast),
    keepDaily: countOf(options.keepDaily),
    keepWeekly: countOf(options.keepWeekly),
    keepMonthly: countOf(options.keepMonthly),
    bytesPerSecond: rateOf(options.limit),
    quietFrom,
    quietUntil,
  };
  const { takeOver = false } = options;
  const row = await updateDestination(session.server, permit, id, input, { takeOver });
  const view = await viewOf(session.server, row);
  out.answer({ destination: jsonOf(view) }, [`“${plain(view.name)}” is changed.`]);
}

async function remove(
  { session, out }: Context,
  args: string[],
  options: { yes?: boolean },
): Promise<void> {
  const { id, name } = await find(session, args[0]);
  await confirmName('No more backups go there. What lies there stays.', name, options.yes ?? false);
  await deleteDestination(session.server, await session.permit('backup.configure'), id);
  out.answer({ id }, [`“${plain(name)}” is removed.`]);
}

async function find(session: Session, name = '') {
  return requireDestination(session.server, await session.permit('backup.view'), name);
}

function countOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

/** A text that is no number is refused as a rate too small. */
function rateOf(text: string | undefined): bigint | null {
  if (text === undefined) return null;
  return /^\d{1,15}$/.test(text) ? BigInt(text) : 1n;
}

function readQuiet(text: string | undefined): [string | null, string | null] {
  if (text === undefined) return [null, null];
  if (text === 'none') return ['', ''];
  const [from = '', until = ''] = text.split('-');
  return [from || '-', until || '-'];
}

function stepLines({ steps }: DestinationView): string[] {
  return steps.map(({ step, outcome, failure }) => {
    const text = failure ? errorText(failure) : null;
    const why = text ? `: ${text.message} ${text.hint}`.trimEnd() : '';
    return `${outcome.toLowerCase().padEnd(8)} ${step.toLowerCase().replaceAll('_', ' ')}${why}`;
  });
}

/** What `--json` shows of it. */
function jsonOf(view: DestinationView) {
  const { id, name, kind, url, state, enabled, steps, lagHours, objects, bytes } = view;
  const newest = view.newest && { id: view.newest.backupId, name: view.newest.name };
  return { id, name, kind, url, state, enabled, steps, newest, lagHours, objects, bytes };
}
