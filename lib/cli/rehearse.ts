import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { FiberkeepError } from '#errors';
import { root } from '#launcher/root.ts';
import type { DestinationRow } from '#services/external/destination-rows.ts';
import { destinationUrl, requireDestination } from '#services/external/destinations.ts';
import { secretsIn, settingsIn } from '#services/external/open-destination.ts';
import { printRecoveryKit } from '#services/recovery-kit/recovery-kit.ts';
import type { Server } from '#services/server.ts';
import { addCommand, type Context } from './command.ts';
import { plain } from './format.ts';
import { runProgram } from './run-program.ts';

/** `rehearse`: recovers from a destination into a scratch folder, and says how long that took. */
export function addRehearse(program: Command): void {
  addCommand(
    program,
    'rehearse <destination>',
    'recover from a destination into a scratch folder, and say how long it takes',
    (command) => command,
    rehearse,
  );
}

async function rehearse({ session, out }: Context, args: string[]): Promise<void> {
  const mayView = await session.permit('backup.view');
  const row = await requireDestination(session.server, mayView, args[0] ?? '');
  const { kit } = await printRecoveryKit(session.server, await session.permit('backup.configure'));
  // On the disk of the data, where there is room; secrets lie there anyhow.
  const scratch = await mkdtemp(path.join(session.server.config.dataDir, 'rehearsal-'));
  // As root, PostgreSQL runs as another user, who must get through.
  await chmod(scratch, 0o711);
  try {
    const began = performance.now();
    const answer = await recoverInto(session.server, row, scratch, kit.text, session.signal);
    const seconds = (performance.now() - began) / 1000;
    out.answer({ destination: row.name, seconds, ...answer }, [
      `“${plain(answer.backup.name)}” came back from “${plain(row.name)}” alone, into an empty folder.`,
      `It took ${Math.ceil(seconds)} seconds, the start of a database included.`,
      `${answer.accounts.length} ${answer.accounts.length === 1 ? 'account' : 'accounts'} could sign in there.`,
    ]);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Recovered {
  readonly backup: { readonly id: string; readonly name: string };
  readonly accounts: readonly string[];
}

/** In a process of its own, as on another machine: it knows the kit and the place, and nothing else. */
async function recoverInto(
  server: Server,
  row: DestinationRow,
  scratch: string,
  kitText: string,
  signal: AbortSignal,
): Promise<Recovered> {
  const kit = path.join(scratch, 'kit.txt');
  await writeFile(kit, kitText, { mode: 0o600 });
  const dataDir = path.join(scratch, 'data');
  await mkdir(dataDir);
  const options = await placeArguments(server, row, scratch);
  const { code, output, errors } = await runProgram(
    [
      path.join(root, 'lib/run.js'),
      path.join(root, 'lib/cli/main.ts'),
      ...['recover', '--kit', kit, '--from', destinationUrl(row), '--yes', '--json', ...options],
    ],
    { ...process.env, DATA_DIR: dataDir, DATABASE_URL: '', SERVER_KEY: '', VAULT_URL: '' },
    signal,
  );
  if (code === 0) return JSON.parse(output);
  throw new FiberkeepError('TEST_FAILED', {
    reason: 'rehearsalFailed',
    params: { name: row.name, detail: messageIn(output) || lastLine(errors) },
  });
}

async function placeArguments(
  server: Server,
  row: DestinationRow,
  scratch: string,
): Promise<string[]> {
  const settings = settingsIn(row);
  const { secretAccessKey, password, privateKey, passphrase } = secretsIn(server, row);
  const fileOf = async (option: string, text: string | undefined) => {
    if (text === undefined) return [];
    const file = path.join(scratch, option);
    await writeFile(file, text, { mode: 0o600 });
    return [`--${option}`, file];
  };
  const given = (option: string, text: string | null) =>
    text === null ? [] : [`--${option}`, text];
  return [
    ...(settings.kind === 'S3'
      ? [
          ...given('endpoint', settings.endpoint),
          ...given('region', settings.region),
          ...given('access-key-id', settings.accessKeyId),
          ...given('profile', settings.profile),
          settings.pathStyle ? '--path-style' : '--no-path-style',
        ]
      : []),
    ...(settings.kind === 'SFTP' ? given('host-key', settings.hostKey) : []),
    ...(await fileOf('secret-file', secretAccessKey ?? password)),
    ...(await fileOf('key-file', privateKey)),
    ...(await fileOf('passphrase-file', passphrase)),
  ];
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

/** The message of an error that a command answered as JSON. */
function messageIn(output: string): string {
  try {
    const { error } = JSON.parse(output);
    return `${error.message} ${error.hint}`.trim();
  } catch {
    return '';
  }
}
