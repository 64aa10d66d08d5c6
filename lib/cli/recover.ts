import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { type Config, readConfig } from '#config';
import { FiberkeepError } from '#errors';
import type { Backup } from '#generated/vault/client.ts';
import { openDataDir, placeServerKey, replaceServerKey } from '#launcher/data-dir.ts';
import { findBackup } from '#services/backups/backup-queries.ts';
import { readDestination } from '#services/external/destination-input.ts';
import { openSettings } from '#services/external/open-destination.ts';
import {
  assertFresh,
  beginRecovery,
  type RecoverySource,
} from '#services/recovery/begin-recovery.ts';
import {
  chooseBackup,
  type FoundBackup,
  type FoundInPlace,
  findInPlace,
} from '#services/recovery/find-in-place.ts';
import {
  assertUnused,
  type KeyHere,
  keyHere,
  type OpenedKit,
  openKit,
} from '#services/recovery/kit-for-machine.ts';
import { accountsOfPlant, pauseSchedule } from '#services/recovery/recovery-rows.ts';
import { applyRestore } from '#services/restores/apply-restore.ts';
import { requestStage } from '#services/restores/stage-restore.ts';
import { inspectArchive } from '#services/uploads/inspect-archive.ts';
import { confirmName } from './confirm.ts';
import { requireBackup } from './find-backup.ts';
import { formatTime, plain } from './format.ts';
import { type Output, openOutput, showError } from './output.ts';
import { type PlaceOptions, placeInput, readText, withPlaceOptions } from './place-options.ts';
import { openSession, type Session } from './session.ts';
import { bringIn } from './upload.ts';
import { waitForJob } from './wait-for-job.ts';

interface Options extends PlaceOptions {
  readonly kit: string;
  readonly from: string;
  readonly backup?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `recover`: makes an empty machine the server again that was lost. */
export function addRecover(program: Command): void {
  const command = program
    .command('recover')
    .description('make this empty machine the server again that was lost')
    .requiredOption('--kit <file>', 'the recovery kit, as it was saved')
    .requiredOption('--from <place>', 'an s3:// or sftp:// address, a folder, or an archive')
    .option('--backup <name>', 'which backup (else the newest that holds its files)')
    .option('--yes', 'do not ask for the name')
    .option('--json', 'answer with one JSON document');
  withPlaceOptions(command).action(async () => {
    const options = command.opts<Options>();
    const out = openOutput(options.json ?? false);
    try {
      await recover(out, options);
    } catch (error) {
      showError(error, options.json ?? false);
      process.exitCode = 1;
    }
  });
}

/** Nothing is written before the kit has opened what lies there, and the person has said yes. */
async function recover(out: Output, options: Options): Promise<void> {
  const config = readConfig();
  const kit = openKit(await readText(options.kit));
  const { keys } = kit;
  const here = await keyHere(config, kit);
  const archive = await archiveAt(options.from);
  if (archive) return recoverFromArchive(out, { config, kit, here }, archive, options);
  const { settings, secrets, place } = await openSource(config, options);
  await using _ = place;
  const found = await findInPlace(place, keys, new AbortController().signal);
  const chosen = chooseBackup(found, options.backup ?? null);
  for (const line of foundLines(found, chosen, config.timeZone)) out.say(line);
  await confirm(chosen.name, options);
  await withSession({ config, kit, here }, async (session) => {
    await fetchChosen(session, out, { place, settings, secrets }, found, chosen);
    await takeBack(session, out, await requireBackup(session, chosen.metadata.backupId));
  });
}

async function confirm(name: string, { yes = false }: Options): Promise<void> {
  await confirmName('This machine becomes the server that made this backup.', name, yes);
}

/** The path of an archive; null where `from` is a place. */
async function archiveAt(from: string): Promise<string | null> {
  const file = path.resolve(from);
  return (await stat(file).catch(() => null))?.isFile() ? file : null;
}

async function openSource(config: Config, options: Options): Promise<RecoverySource> {
  const url = /^[a-z0-9]+:\/\//i.test(options.from)
    ? options.from
    : pathToFileURL(path.resolve(options.from)).href;
  const input = { name: 'recovery', ...(await placeInput({ ...options, url })) };
  const { settings, secrets } = readDestination(input, null);
  const place = await openSettings({ config }, settings, secrets, new AbortController().signal);
  return { settings, secrets, place };
}

function foundLines(
  { backups, unreadable }: FoundInPlace,
  chosen: FoundBackup,
  timeZone: string,
): string[] {
  const { createdAt, includesFiles } = chosen.metadata;
  const files = includesFiles ? 'with its files' : 'without files';
  return [
    `The kit opens ${backups.length} ${backups.length === 1 ? 'backup' : 'backups'} there.`,
    ...(unreadable > 0 ? [`${unreadable} more cannot be read.`] : []),
    `“${plain(chosen.name)}” of ${formatTime(new Date(createdAt), timeZone)}, ${files}, comes back.`,
  ];
}

/** This machine, and the kit that makes it a server again. */
interface Machine {
  readonly config: Config;
  readonly kit: OpenedKit;
  readonly here: KeyHere;
}

/** The key lies in the data folder before the server starts: it is what makes this machine that server. */
async function withSession(
  { config, kit, here }: Machine,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  if (here === 'OTHER') await withStopped(({ server }) => assertUnused(server));
  await openDataDir(config.dataDir);
  if (here === 'OTHER') await replaceServerKey(config.dataDir, kit.serverKey);
  else if (config.serverKey === null) await placeServerKey(config.dataDir, kit.serverKey);
  await withStopped(async (session) => {
    await assertFresh(session.server);
    await work(session);
  });
}

/** A running server has its key in memory, and would go on with it. */
async function withStopped(work: (session: Session) => Promise<void>): Promise<void> {
  const session = await openSession((line) => process.stderr.write(`${line}\n`));
  try {
    if (session.running)
      throw new FiberkeepError('ALREADY_RUNNING', { reason: 'stopBeforeRecovery' });
    await work(session);
  } finally {
    await session.close();
  }
}

async function fetchChosen(
  session: Session,
  out: Output,
  source: RecoverySource,
  found: FoundInPlace,
  chosen: FoundBackup,
): Promise<void> {
  const permits = {
    configure: await session.permit('backup.configure'),
    upload: await session.permit('backup.upload'),
  };
  const job = await beginRecovery(
    session.server,
    permits,
    { source, found, chosen },
    session.signal,
  );
  if (job) await waitForJob(session, job, out.json);
}

async function recoverFromArchive(
  out: Output,
  machine: Machine,
  archive: string,
  options: Options,
): Promise<void> {
  const { serverId, backupId } = await inspectArchive({
    file: archive,
    keys: null,
    report: () => {},
    signal: new AbortController().signal,
  });
  if (serverId !== machine.kit.keys.serverId)
    throw new FiberkeepError('WRONG_KEY', {
      reason: 'kitOfOtherServer',
      params: { place: archive },
    });
  await confirm(path.basename(archive), options);
  await withSession(machine, async (session) => {
    const mayView = await session.permit('backup.view');
    // An earlier attempt may have brought it.
    if (!(await findBackup(session.server, mayView, backupId))) {
      const permit = await session.permit('backup.upload');
      const job = await bringIn(session, permit, archive, out.json);
      await waitForJob(session, job, out.json);
    }
    await pauseSchedule(session.server, null);
    await takeBack(session, out, await requireBackup(session, backupId));
  });
}

/** Makes the backup the network of this server, with its accounts as they were. */
async function takeBack(session: Session, out: Output, backup: Backup): Promise<void> {
  const { server } = session;
  const permit = await session.permit('backup.restore');
  const { restore, job } = await requestStage(server, permit, backup.id);
  await waitForJob(session, job, out.json);
  await applyRestore(server, permit, restore.id, { confirmName: backup.name });
  session.work();
  const accounts = await accountsOfPlant(server);
  out.answer({ backup: { id: backup.id, name: backup.name }, accounts }, [
    `This machine is the server again, as it was in “${plain(backup.name)}”.`,
    ...signInLines(accounts),
    'Start it: npm start. API keys have to be made again. Nightly and external backups are paused, because the old server may',
    'still run: once you are sure that it does not, turn the schedule on in the Backup tab.',
  ]);
}

const NAMED = 10;

function signInLines(accounts: readonly string[]): string[] {
  if (accounts.length === 0)
    return ['There was no account then: npm start shows a link to make the first one.'];
  const named = accounts.slice(0, NAMED).map((email) => plain(email));
  const more = accounts.length > NAMED ? `, and ${accounts.length - NAMED} more` : '';
  return [
    `Sign in with an account of then: ${named.join(', ')}${more}.`,
    'Forgotten? npm run fiberkeep -- user reset-password E-MAIL',
  ];
}
