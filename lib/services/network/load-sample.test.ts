import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { startWorker, type TestWorker } from '#testing/worker.ts';
import { localActor, permit } from '../permit.ts';
import { requestSample, runLoadSample } from './load-sample.ts';

let opened: TestServer;
let worker: TestWorker | null = null;

beforeAll(async () => {
  opened = await openTestServer();
});

afterAll(async () => {
  await worker?.stop();
  await opened[Symbol.asyncDispose]();
});

test('when a worker dies between the rows and its commit, the next worker completes the job', async () => {
  await using other = await openTestServer();
  const mayImport = await permit(other.server, localActor('Ana'), 'network.import');
  const { id } = await requestSample(other.server, mayImport, 'small');
  const stop = new AbortController();
  const dead = startWorker(other.server, {
    SAMPLE: (server, run) =>
      runLoadSample(server, {
        ...run,
        commit: async () => {
          stop.abort();
          await once(run.signal, 'abort');
          throw run.signal.reason;
        },
      }),
  });
  await once(stop.signal, 'abort');
  const rows = await other.server.plant.pole.count();
  // Its lease runs out, as that of a killed process does.
  await other.server.vault.job.update({ where: { id }, data: { leaseUntil: new Date(0) } });
  const next = startWorker(other.server);
  expect(await next.ended(id)).toMatchObject({ status: 'SUCCEEDED', attempts: 2 });
  expect(await other.server.plant.pole.count()).toBe(rows);
  await Promise.all([dead.stop(), next.stop()]);
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
  expect(ended, JSON.stringify(ended.error)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await server.plant.pole.count()).toBeGreaterThan(100);
  await expect(requestSample(server, mayImport, 'small')).rejects.toMatchObject({
    code: 'CONFLICT',
  });
});
