import { type Command, Option } from 'commander';
import { errorText, notFound } from '#errors';
import {
  type DestinationInput,
  type StorageClassChoice,
  storageClassChoices,
} from '#services/external/destination-input.ts';
import {
  type DestinationView,
  type RunView,
  viewOf,
} from '#services/external/destination-queries.ts';
import {
  deleteDestination,
  listDestinations,
  requireDestination,
  requireRow,
} from '#services/external/destinations.ts';
import { settingsIn } from '#services/external/open-destination.ts';
import { removeCopy } from '#services/external/remove-copy.ts';
import {
  createDestination,
  testDestination,
  updateDestination,
} from '#services/external/set-up-destination.ts';
import { sameName } from '#text';
import { addCommand, type Context } from './command.ts';
import { confirmName } from './confirm.ts';
import { formatBytes, formatTable, formatTime, plain } from './format.ts';
import { type PlaceOptions, placeInput, withPlaceOptions } from './place-options.ts';
import type { Session } from './session.ts';

interface AddOptions extends PlaceOptions {
  readonly takeOver?: boolean;
  readonly iHaveTheKit?: boolean;
  readonly lock?: string;
  readonly storageClass?: StorageClassChoice;
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
  readonly days?: string;
  readonly at?: string;
  readonly lock?: string;
  readonly storageClass?: StorageClassChoice;
  readonly prices?: string;
}

/** `destination add|list|show|test|update|remove-copy|remove`. */
export function addDestination(program: Command): void {
  const destination = program
    .command('destination')
    .description('places off this machine that receive external backups');
  addCommand<AddOptions>(
    destination,
    'add <name> <url>',
    'test a place and send backups there from now on',
    (command) =>
      withStorageClass(withLock(withTakeOver(withPlaceOptions(command)))).option(
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
  addCommand(destination, 'show <name>', 'all about one', (command) => command, show);
  addCommand<UpdateOptions>(destination, 'update <name>', 'change one', withUpdateOptions, update);
  addCommand<{ yes?: boolean }>(
    destination,
    'remove-copy <name> <backup>',
    'remove a backup from one, a day later',
    (command) => command.option('--yes', 'do not ask for the name'),
    removeCopyOf,
  );
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

function withLock(command: Command): Command {
  return command.option(
    '--lock <days>',
    'S3 Object Lock: nobody deletes a backup before; 0: without',
  );
}

function withStorageClass(command: Command): Command {
  return command.addOption(
    new Option(
      '--storage-class <class>',
      'S3: of what holds contents; BUCKET: as the bucket has it',
    ).choices(storageClassChoices),
  );
}

function withUpdateOptions(command: Command): Command {
  return withStorageClass(withLock(withTakeOver(withPlaceOptions(command))))
    .option('--name <name>', 'another name')
    .option('--url <url>', 'another address')
    .option('--on', 'turn it on')
    .option('--off', 'turn it off')
    .option('--keep-last <n>', 'keep the newest so many automatic backups')
    .option('--keep-daily <n>', 'and the newest of so many days')
    .option('--keep-weekly <n>', 'of so many weeks')
    .option('--keep-monthly <n>', 'of so many months')
    .option('--limit <bytes>', 'send at most so many bytes a second; 0: no limit')
    .option('--quiet <from-until>', 'send nothing then, such as 08:00-18:00; none: at any time')
    .option('--days <days>', 'send the newest backup on mon,thu or daily; nights: after each night')
    .option('--at <time>', 'at this time of these days, such as 04:00')
    .option(
      '--prices <prices>',
      'storage,writes,reads,egress,currency, such as 0.005,0,0,0.01,EUR; default: as published',
    );
}

async function add({ session, out }: Context, args: string[], options: AddOptions): Promise<void> {
  const [name = '', url = ''] = args;
  const permit = await session.permit('backup.configure');
  const lockDays = countOf(options.lock);
  const { storageClass } = options;
  const input = { name, ...(await placeInput({ ...options, url })), lockDays, storageClass };
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
    sendDays: options.days === undefined ? null : daysOf(options.days),
    sendTime: options.at,
    lockDays: countOf(options.lock),
    storageClass: options.storageClass,
    ...pricesIn(options.prices),
  };
  const { takeOver = false } = options;
  const row = await updateDestination(session.server, permit, id, input, { takeOver });
  const view = await viewOf(session.server, row);
  out.answer({ destination: jsonOf(view) }, [`“${plain(view.name)}” is changed.`]);
}

async function show({ session, out }: Context, args: string[]): Promise<void> {
  const { id } = await find(session, args[0]);
  const view = await viewOf(session.server, await requireRow(session.server, id));
  const moment = (at: Date | null) => (at ? formatTime(at, session.timeZone) : 'never');
  const { lastRun, monthlyCost: cost } = view;
  out.answer({ destination: jsonOf(view) }, [
    `${plain(view.name)}  ${plain(view.url, 200)}  ${view.state.toLowerCase()}`,
    `Last good run   ${moment(view.lastGoodAt)}`,
    `Newest backup   ${view.newest ? `${plain(view.newest.name)}, ${view.lagHours} hours old` : 'none'}`,
    `Stored there    ${formatBytes(view.bytes)} in ${view.objects} objects`,
    ...(view.nextSendAt ? [`Next            ${moment(view.nextSendAt)}`] : []),
    ...(view.lockDays ? [`Locked          for ${view.lockDays} days at least`] : []),
    ...(view.storageClass ? [`Storage class   ${view.storageClass} for contents`] : []),
    ...(lastRun ? [`Last run        ${runText(lastRun)}`] : []),
    ...(cost
      ? [
          `A month costs   about ${money(cost.storage + cost.requests)} ${cost.currency}, an estimate`,
        ]
      : []),
    ...unreadableLines(view),
    ...stepLines(view),
  ]);
}

function runText({ bytes, objects, writes, reads, cost }: RunView): string {
  const requests = writes === null ? '' : `, ${writes} writes and ${reads} reads`;
  const about = cost === null ? '' : `, about ${money(cost)}`;
  return `${formatBytes(bytes)} in ${objects} objects${requests}${about}`;
}

/** Amounts of less than a cent keep two digits. */
function money(amount: number): string {
  return amount >= 0.01 || amount === 0 ? amount.toFixed(2) : String(Number(amount.toPrecision(2)));
}

function unreadableLines({ unreadable }: DestinationView): string[] {
  if (unreadable.length === 0) return [];
  return [
    'These cannot be read, so nothing is removed there. Delete them there if nobody needs them:',
    ...unreadable.map(({ object, failure }) => `  ${object}: ${errorText(failure).message}`),
  ];
}

async function removeCopyOf(
  { session, out }: Context,
  args: string[],
  options: { yes?: boolean },
): Promise<void> {
  const row = await find(session, args[0]);
  const wanted = args[1] ?? '';
  const { copies } = await viewOf(session.server, row);
  const copy =
    copies.find(({ backupId }) => backupId === wanted) ??
    copies.find(({ name }) => sameName(name, wanted));
  if (!copy) throw notFound('backup');
  await confirmName(
    `It is removed from “${plain(row.name)}” after a day.`,
    copy.name,
    options.yes ?? false,
  );
  const permit = await session.permit('backup.delete');
  const ids = { backupId: copy.backupId, destinationId: row.id };
  await removeCopy(session.server, permit, ids);
  out.answer(ids, [`“${plain(copy.name)}” is removed from “${plain(row.name)}” after a day.`]);
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

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** A name that is no day is refused as a number that is none. */
function daysOf(text: string): number[] {
  if (text === 'nights') return [];
  if (text === 'daily') return weekdays.map((_, n) => n + 1);
  return text.split(',').map((name) => weekdays.indexOf(name.trim().slice(0, 3).toLowerCase()) + 1);
}

/** What is left out is no price, and is refused. */
function pricesIn(text: string | undefined): Pick<DestinationInput, 'prices' | 'defaultPrices'> {
  if (text === undefined) return {};
  if (text === 'default') return { defaultPrices: true };
  const [storage, writes, reads, egress, currency = ''] = text.split(',');
  const number = (part: string | undefined) => (part?.trim() ? Number(part) : Number.NaN);
  return {
    prices: {
      currency: currency.trim().toUpperCase(),
      storage: number(storage),
      writes: number(writes),
      reads: number(reads),
      egress: number(egress),
    },
  };
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
  const { lastGoodAt, lastRun, monthlyCost, sendDays, sendTime, nextSendAt, unreadable } = view;
  const { lockDays, storageClass } = view;
  return {
    ...{ id, name, kind, url, state, enabled, steps, newest, lagHours, objects, bytes },
    ...{ lastGoodAt, lastRun, monthlyCost, sendDays, sendTime, nextSendAt, unreadable },
    ...{ lockDays, storageClass },
  };
}
