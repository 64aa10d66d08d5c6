import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import type { Job } from '#generated/vault/client.ts';
import { localActor } from '#services/permit.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { claimJob, enqueueJob } from './queue.ts';

const requestedBy = { ...localActor('Ana'), address: '' };
const input = z.strictObject({ to: z.string() });
const lane = ({ to }: { to: string }) => `to ${to}`;
const kinds = { SEND: { kind: 'SEND', input, lane }, TEND: { kind: 'TEND', input, lane } };

let opened: TestServer;
beforeEach(async () => {
  opened = await openTestServer();
});
afterEach(() => opened[Symbol.asyncDispose]());

const enqueue = (kind: keyof typeof kinds, to: string) =>
  enqueueJob(opened.server.vault, kinds[kind], { input: { to }, requestedBy });
const claim = (worker = 'a') => claimJob(opened.server.vault, ['SEND', 'TEND'], worker);
const end = ({ id }: Job) =>
  opened.server.vault.job.update({
    where: { id },
    data: { status: 'SUCCEEDED', endedAt: new Date(), leaseUntil: null, workerId: null },
  });

test('of the jobs of one lane one runs, whatever their kinds; those of other lanes do not wait', async () => {
  const first = await enqueue('SEND', 'NAS');
  const second = await enqueue('TEND', 'NAS');
  const other = await enqueue('SEND', 'S3');
  expect((await claim())?.id).toBe(first.id);
  expect((await claim())?.id).toBe(other.id);
  expect(await claim()).toBeNull();
  await end(first);
  expect((await claim())?.id).toBe(second.id);
});

test('a job that lost its worker keeps its lane until it is claimed again', async () => {
  const first = await enqueue('SEND', 'NAS');
  await claim();
  await enqueue('TEND', 'NAS');
  const { vault } = opened.server;
  await vault.job.update({ where: { id: first.id }, data: { leaseUntil: new Date(0) } });
  expect(await claim('b')).toMatchObject({ id: first.id, attempts: 2 });
  expect(await claim('b')).toBeNull();
});

test('many workers that claim at once never run two jobs of one lane', async () => {
  for (let round = 0; round < 15; round++) {
    const jobs = await Promise.all(Array.from({ length: 6 }, () => enqueue('SEND', 'NAS')));
    const workers = Array.from({ length: 6 }, (_, n) => claim(String(n)));
    const claimed = (await Promise.all(workers)).filter((job) => job !== null);
    expect(claimed).toHaveLength(1);
    for (const job of jobs) await end(job);
  }
});
