import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestServer, type TestServer } from '../testing/server.ts';
import { startWorker, type TestWorker } from '../testing/worker.ts';
import { requestSample } from './load-sample.ts';
import { localActor, permit } from './permit.ts';

let opened: TestServer;
let worker: TestWorker;

beforeAll(async () => {
  opened = await openTestServer();
});

afterAll(async () => {
  await worker.stop();
  await opened[Symbol.asyncDispose]();
});

test('a sample fills an empty plant in a job, once', async () => {
  const { server } = opened;
  const mayImport = await permit(server, localActor('Ana'), 'network.import');
  const job = await requestSample(server, mayImport, 'small');
  await expect(requestSample(server, mayImport, 'small')).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  worker = startWorker(server);
  const ended = await worker.ended(job.id);
  expect(ended, ended.errorMessage ?? '').toMatchObject({ status: 'SUCCEEDED' });
  expect(await server.plant.pole.count()).toBeGreaterThan(100);
  await expect(requestSample(server, mayImport, 'small')).rejects.toMatchObject({
    code: 'CONFLICT',
  });
});
