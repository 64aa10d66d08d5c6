import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import {
  createCredentialChain,
  fromEnv,
  fromHttp,
  fromIni,
  fromTokenFile,
} from '@aws-sdk/credential-providers';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { S3Access } from './place-access.ts';

/** How long requests wait. */
export interface S3Timeouts {
  readonly connectMs: number;
  /** Without a byte in either direction. */
  readonly idleMs: number;
}

/**
 * A client of the place, which tries nothing again. `lookup` checks the address of each connection. The caller
 * limits how many requests run at once: those that wait for a socket here would count as connecting.
 */
export function openS3Client(
  access: S3Access,
  timeouts: S3Timeouts,
  lookup: LookupFunction | undefined,
): S3Client {
  const agentOptions = { keepAlive: true, ...(lookup && { lookup }) };
  const client = new S3Client({
    region: access.region,
    forcePathStyle: access.pathStyle,
    ...(access.endpoint !== null && { endpoint: access.endpoint }),
    credentials: credentialsOf(access),
    maxAttempts: 1,
    followRegionRedirects: false,
    // Other places know the SDK's newer checksums not. Content-MD5 is known to all of them.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: timeouts.connectMs,
      socketTimeout: timeouts.idleMs,
      httpAgent: new http.Agent(agentOptions),
      httpsAgent: new https.Agent(agentOptions),
    }),
  });
  if (lookup) checkLiterals(client, lookup);
  return client;
}

/** The SDK's default chain would also ask 169.254.169.254, which outside Amazon is an address like any other. */
function credentialsOf({ credentials }: S3Access): S3ClientConfig['credentials'] {
  if (credentials === null)
    return createCredentialChain(fromEnv(), fromIni(), fromTokenFile(), fromHttp());
  if ('profile' in credentials) return fromIni({ profile: credentials.profile });
  return { ...credentials };
}

/** Node looks up names only: a host that is an address would be connected to without a check. */
function checkLiterals(client: S3Client, lookup: LookupFunction): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const { hostname } = args.request as { hostname: string };
      await checkLiteral(hostname.replace(/^\[(.*)\]$/, '$1'), lookup);
      return next(args);
    },
    { step: 'finalizeRequest', name: 'checkLiterals' },
  );
}

async function checkLiteral(host: string, lookup: LookupFunction): Promise<void> {
  const family = isIP(host);
  if (family === 0) return;
  await new Promise<void>((resolve, reject) => {
    lookup(host, { all: true, family }, (error) => (error ? reject(error) : resolve()));
  });
}
