import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isCephInstalled, startCephGateway } from '#testing/ceph-gateway.ts';
import {
  type FaultProxy,
  losingAnswer,
  startFaultProxy,
  truncatingBody,
} from '#testing/fault-proxy.ts';
import { KEYS, QUICK } from '#testing/s3-lab.ts';
import { describeObjectStore } from './conformance.ts';
import { openPlace } from './open-place.ts';
import type { S3Access } from './place-access.ts';
import { openS3Place } from './s3-place.ts';

type Gateway = AsyncDisposable & Pick<S3Access, 'endpoint' | 'bucket' | 'credentials'>;

/** A gateway of ours, or that of TEST_S3_ENDPOINT, whose bucket and keys the environment names too. */
async function reachGateway(): Promise<Gateway & { readonly endpoint: string }> {
  const { TEST_S3_ENDPOINT: endpoint, TEST_S3_BUCKET: bucket = 'backups' } = process.env;
  if (endpoint)
    return { endpoint, bucket, credentials: null, [Symbol.asyncDispose]: async () => {} };
  return { ...(await startCephGateway(KEYS, bucket)), bucket, credentials: KEYS };
}

const isReachable = process.env.TEST_S3_ENDPOINT !== undefined || isCephInstalled();

describe.skipIf(!isReachable)('a real gateway', () => {
  let gateway: Awaited<ReturnType<typeof reachGateway>>;
  let proxy: FaultProxy;
  let access: S3Access;

  beforeAll(async () => {
    gateway = await reachGateway();
    proxy = await startFaultProxy(gateway.endpoint);
    access = {
      kind: 'S3',
      bucket: gateway.bucket,
      prefix: `test ${randomBytes(8).toString('hex')}`,
      endpoint: gateway.endpoint,
      region: 'us-east-1',
      pathStyle: true,
      credentials: gateway.credentials,
    };
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  describeObjectStore('S3, by Ceph', async () => ({
    store: (await openPlace(access)).store,
    beside: (await openPlace(access)).store,
    [Symbol.asyncDispose]: async () => {},
  }));

  test('it is reached through the fault proxy', async () => {
    await using place = await openS3Place({ ...access, endpoint: proxy.endpoint }, {}, QUICK);
    const bytes = randomBytes(100_000);
    proxy.faults.push({ on: ({ method }) => method === 'PUT', fault: losingAnswer, times: 1 });
    expect(await place.store.putNew('lost.1', bytes)).toBe(true);
    proxy.faults.push({ on: ({ method }) => method === 'GET', fault: truncatingBody, times: 1 });
    expect((await place.store.get('lost.1')).equals(bytes)).toBe(true);
    expect(proxy.requests.filter((one) => one.startsWith('PUT'))).toHaveLength(2);
  });

  test.each([
    [{ bucket: 'not-there' }, 'placeMissing'],
    [{ credentials: { accessKeyId: 'X', secretAccessKey: 'y' } }, 'placeRefused'],
  ])('it says why it does not open %j', async (changes, reason) => {
    await expect(openPlace({ ...access, ...changes })).rejects.toMatchObject({ reason });
  });

  test('its clock is that of this machine', async () => {
    await using place = await openPlace(access);
    expect(await place.clock()).toBeInstanceOf(Date);
  });
});
