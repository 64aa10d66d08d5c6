import path from 'node:path';
import type { Command } from 'commander';
import { readConfig } from '#config';
import { FiberkeepError } from '#errors';
import { type MovedVault, moveVault } from '#services/vault-store/move-vault.ts';
import { addCommand, type Context } from './command.ts';
import { formatCount } from './format.ts';
import { openProgressBar } from './progress.ts';

interface Options {
  readonly endpoint?: string;
  readonly region?: string;
}

/** `move-vault`: from the folder into a bucket, from there into another, or back. */
export function addMoveVault(program: Command): void {
  addCommand<Options>(
    program,
    'move-vault <place>',
    'copy backups, files and uploads to s3://bucket/prefix, or to "folder", and use them there',
    (command) =>
      command
        .option('--endpoint <url>', 'of the new bucket, in place of S3_ENDPOINT')
        .option('--region <name>', 'of the new bucket, in place of AWS_REGION'),
    move,
  );
}

async function move({ session, out }: Context, args: string[], options: Options): Promise<void> {
  if (session.running) throw new FiberkeepError('ALREADY_RUNNING', { reason: 'vaultInUse' });
  const permit = await session.permit('backup.configure');
  const bar = openProgressBar(out.json);
  const moved = await moveVault(session.server, permit, targetOf(args[0] ?? '', options), {
    signal: session.signal,
    report: (phase, count) =>
      bar.show({
        status: 'RUNNING',
        phase: `copying ${phase}: ${formatCount(count)}`,
        progressDone: 0n,
        progressTotal: 0n,
        progressUnit: '',
      }),
  }).finally(() => bar.end());
  out.answer({ ...moved }, linesOf(moved, session.server.config.dataDir));
}

/** The configuration of a server that has it there. */
function targetOf(place: string, { endpoint, region }: Options) {
  return readConfig({
    ...process.env,
    VAULT_URL: place === 'folder' ? '' : place,
    ...(endpoint !== undefined && { S3_ENDPOINT: endpoint }),
    ...(region !== undefined && { AWS_REGION: region }),
  });
}

function linesOf({ url, objects, files, damaged }: MovedVault, dataDir: string): string[] {
  const isFolder = url.startsWith('file:');
  return [
    `Copied ${formatCount(objects)} objects and ${formatCount(files)} files to ${url}.`,
    ...(damaged.length > 0
      ? [`${formatCount(damaged.length)} damaged files were left behind: ${damaged.join(', ')}`]
      : []),
    isFolder
      ? 'Start the server without VAULT_URL from now on.'
      : `Start the server with VAULT_URL=${url} from now on, on all machines.`,
    isFolder
      ? 'What lies in the bucket may be removed once you have seen it run.'
      : `Once you have seen it run, vault, files and uploads in ${path.resolve(dataDir)} may be removed.`,
  ];
}
