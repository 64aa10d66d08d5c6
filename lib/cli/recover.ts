import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { type Config, readConfig } from '#config';
import { asFiberkeepError, FiberkeepError } from '#errors';
import type { Backup, Job } from '#generated/vault/client.ts';
import { openDataDir, placeServerKey, replaceServerKey } from '#launcher/data-dir.ts';
import { beginRecovery } from '#services/recovery/begin-recovery.ts';
import {
  assertUnused,
  type KeyHere,
  keyHere,
  type OpenedKit,
  openKit,
} from '#services/recovery/kit-for-machine.ts';
import { requestDueRecovery, tryAgain } from '#services/recovery/recover-server.ts';
import { accountsOfPlant } from '#services/recovery/recovery-rows.ts';
import {
  offerFrom,
  type RecoveryOffer,
  readSource,
  type SourceInput,
} from '#services/recovery/recovery-source.ts';
import { confirmName } from './confirm.ts';
import { requireBackup } from './find-backup.ts';
import { formatTime, plain } from './format.ts';
import { type Output, openOutput, showError } from './output.ts';
import { type PlaceOptions, placeInput, readText, withPlaceOptions } from './place-options.ts';
import { openSession, type Session } from './session.ts';
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
  const here = await keyHere(config, kit);
  const source = readSource(await sourceInput(options));
  const { signal } = new AbortController();
  const offer = await offerFrom({ config }, source, kit.keys, options.backup ?? null, signal);
  for (const line of offerLines(offer, config.timeZone)) out.say(line);
  await confirmName(
    'This machine becomes the server that made this backup.',
    offer.chosen.name,
    options.yes ?? false,
  );
  await withSession({ config, kit, here }, async (session) => {
    const mayUpload = await session.permit('backup.upload');
    await beginRecovery(session.server, mayUpload, { kit, source, offer, chosen: offer.chosen });
    await waitForEnd(session, out);
    await tell(session, out, await requireBackup(session, offer.chosen.id));
  });
}

async function sourceInput(options: Options): Promise<SourceInput> {
  const file = path.resolve(options.from);
  if ((await stat(file).catch(() => null))?.isFile()) return { file };
  const isUrl = /^[a-z0-9]+:\/\//i.test(options.from);
  return {
    place: await placeInput({ ...options, url: isUrl ? options.from : pathToFileURL(file).href }),
  };
}

function offerLines({ backups, chosen, unreadable }: RecoveryOffer, timeZone: string): string[] {
  if (chosen.createdAt === null) return ['The kit opens this archive.'];
  const files = chosen.includesFiles ? 'with its files' : 'without files';
  return [
    `The kit opens ${backups.length} ${backups.length === 1 ? 'backup' : 'backups'} there.`,
    ...(unreadable > 0 ? [`${unreadable} more cannot be read.`] : []),
    `“${plain(chosen.name)}” of ${formatTime(chosen.createdAt, timeZone)}, ${files}, comes back.`,
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
  await withStopped(work);
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

/** An attempt that was killed time and again before ends as lost. That says nothing of this one. */
async function waitForEnd(session: Session, out: Output): Promise<void> {
  const attempt = (job: Job | null) => (job ? waitForJob(session, job, out.json) : null);
  try {
    await attempt(await requestDueRecovery(session.server));
  } catch (thrown) {
    if (asFiberkeepError(thrown).code !== 'WORKER_LOST') throw thrown;
    await attempt(await tryAgain(session.server));
  }
}

async function tell({ server }: Session, out: Output, backup: Backup): Promise<void> {
  const accounts = await accountsOfPlant(server);
  out.answer({ backup: { id: backup.id, name: backup.name }, accounts }, [
    `This machine is the server again, as it was in “${plain(backup.name)}”.`,
    ...signInLines(accounts),
    'Start it: npm start. API keys have to be made again. Nightly and external backups are paused,',
    'because the old server may still run: the Backup tab says how they go on.',
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
