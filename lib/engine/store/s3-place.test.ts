import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { startS3Server } from '#testing/s3-server.ts';
import { describeObjectStore } from './conformance.ts';
import { openPlace } from './open-place.ts';
import type { S3Access } from './place-access.ts';

const keys = { accessKeyId: 'TESTKEY', secretAccessKey: 'test/secret+key' };

describeObjectStore('S3', async () => {
  const server = await startS3Server({ ...keys, bucket: 'backups', pageSize: 3 });
  const access: S3Access = {
    kind: 'S3',
    bucket: 'backups',
    prefix: 'a plant/häuser',
    endpoint: server.endpoint,
    region: 'us-east-1',
    pathStyle: true,
    credentials: keys,
  };
  return {
    store: (await openPlace(access)).store,
    beside: (await openPlace(access)).store,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});
