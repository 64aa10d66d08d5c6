import { isCephInstalled, startCephGateway } from './ceph-gateway.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { KEYS } from './s3-lab.ts';
import { type S3TestServer, startS3Server } from './s3-server.ts';

const BUCKET = 'vault';

/** An S3 server with one bucket, behind the fault proxy, for servers whose vault lies there. */
export interface VaultLab extends AsyncDisposable {
  readonly proxy: FaultProxy;
  /** Null where it is Ceph's gateway. */
  readonly double: S3TestServer | null;
  /** Environment of a server whose vault is this prefix. */
  env(prefix: string): Record<string, string>;
}

/** The S3 servers that are here. */
export const s3Kinds = isCephInstalled()
  ? (['the strict double', 'Ceph'] as const)
  : (['the strict double'] as const);

export async function openVaultLab(kind: (typeof s3Kinds)[number]): Promise<VaultLab> {
  const double = kind === 'Ceph' ? null : await startS3Server({ ...KEYS, bucket: BUCKET });
  const behind = double ?? (await startCephGateway(KEYS, BUCKET));
  const proxy = await startFaultProxy(behind.endpoint);
  return {
    proxy,
    double,
    env: (prefix) => ({
      VAULT_URL: `s3://${BUCKET}/${prefix}`,
      S3_ENDPOINT: proxy.endpoint,
      ...credentials,
    }),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await behind[Symbol.asyncDispose]();
    },
  };
}

/** As the SDK finds them. A server in the test's own process needs them in `process.env`. */
export const credentials = {
  AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
};
