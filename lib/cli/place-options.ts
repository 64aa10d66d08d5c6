import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { FiberkeepError } from '#errors';
import type { PlaceInput } from '#services/external/place-settings.ts';

export interface PlaceOptions {
  readonly url?: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly pathStyle?: boolean;
  readonly accessKeyId?: string;
  readonly profile?: string;
  readonly secretFile?: string;
  readonly keyFile?: string;
  readonly passphraseFile?: string;
  readonly hostKey?: string;
}

export function withPlaceOptions(command: Command): Command {
  return command
    .option('--endpoint <url>', 'S3: the server, unless it is Amazon')
    .option('--region <name>', 'S3: the region')
    .option('--path-style', 'S3: the bucket stands in the path (as a rule with --endpoint)')
    .option('--no-path-style', 'S3: the bucket stands in the host name')
    .option('--access-key-id <id>', 'S3: the access key (else those of the environment)')
    .option('--profile <name>', 'S3: a profile of the AWS configuration')
    .option('--secret-file <file>', 'holds the secret access key (S3) or the password (SFTP)')
    .option('--key-file <file>', 'SFTP: holds the private key')
    .option('--passphrase-file <file>', 'SFTP: holds the passphrase of that key')
    .option('--host-key <SHA256:…>', 'SFTP: the key that the host must show');
}

/** Secrets come from files: everybody on the machine can read the arguments of a command. */
export async function placeInput(
  options: PlaceOptions,
  kind: 'FOLDER' | 'S3' | 'SFTP' | null = null,
): Promise<PlaceInput> {
  const { url, endpoint, region, pathStyle, accessKeyId, profile, hostKey } = options;
  const secret = await secretIn(options.secretFile);
  const isS3 = url === undefined ? kind === 'S3' : url.startsWith('s3:');
  return {
    ...{ url, endpoint, region, pathStyle, accessKeyId, profile, hostKey },
    ...(secret !== null && (isS3 ? { secretAccessKey: secret } : { password: secret })),
    privateKey: await secretIn(options.keyFile),
    passphrase: await secretIn(options.passphraseFile),
  };
}

async function secretIn(file: string | undefined): Promise<string | null> {
  if (file === undefined) return null;
  return (await readText(file)).replace(/\r?\n$/, '');
}

/** Throws BAD_REQUEST where the file cannot be read. */
export async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause) => {
    const params = { file, detail: cause.message };
    throw new FiberkeepError('BAD_REQUEST', { reason: 'fileNotReadable', params, cause });
  });
}
