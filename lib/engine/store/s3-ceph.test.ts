import { randomBytes } from 'node:crypto';
import { describe } from 'vitest';
import { isCephInstalled, startCephGateway } from '#testing/ceph-gateway.ts';
import { KEYS } from '#testing/s3-lab.ts';
import { describeObjectStore } from './conformance.ts';
import { openPlace } from './open-place.ts';
import type { S3Access } from './place-access.ts';

/** A gateway of ours, or that of TEST_S3_ENDPOINT, whose bucket and keys the environment names too. */
async function reachGateway() {
  const { TEST_S3_ENDPOINT: endpoint, TEST_S3_BUCKET: bucket = 'backups' } = process.env;
  if (endpoint) return { endpoint, bucket, credentials: null, stop: async () => {} };
  const gateway = await startCephGateway(KEYS, bucket);
  const stop = () => gateway[Symbol.asyncDispose]();
  return { endpoint: gateway.endpoint, bucket, credentials: KEYS, stop };
}

describe.skipIf(!process.env.TEST_S3_ENDPOINT && !isCephInstalled())('a real gateway', () => {
  describeObjectStore('S3, by Ceph', async () => {
    const { stop, ...reached } = await reachGateway();
    const access: S3Access = {
      ...reached,
      kind: 'S3',
      prefix: `test ${randomBytes(8).toString('hex')}`,
      region: 'us-east-1',
      pathStyle: true,
    };
    return {
      store: (await openPlace(access)).store,
      beside: (await openPlace(access)).store,
      [Symbol.asyncDispose]: stop,
    };
  });
});
