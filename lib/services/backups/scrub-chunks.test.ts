import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { manifestChunks } from '#engine/backup/read.ts';
import { chunkObject } from '#engine/chunks/chunk.ts';
import { enqueueJob } from '#jobs/queue.ts';
import { openRestoreLab, type RestoreLab } from '#testing/restores.ts';
import { systemActor } from '../permit.ts';
import { manifestOf } from './backup-queries.ts';
import { requestDueScrub, runScrub, scrubJob } from './scrub-chunks.ts';

let lab: RestoreLab;
beforeEach(async () => {
  lab = await openRestoreLab();
});
afterEach(() => lab[Symbol.asyncDispose]());

/** Runs a scrub over one in so many of the chunks, and answers its result. */
async function scrub(nights: number) {
  await lab.worker.stop();
  lab.startWorker({ SCRUB: (server, run) => runScrub(server, run, { nights }) });
  const job = await enqueueJob(lab.server.vault, scrubJob, {
    input: {},
    requestedBy: systemActor,
  });
  const ended = await lab.worker.ended(job.id);
  expect(ended.status, JSON.stringify(ended.error)).toBe('SUCCEEDED');
  return ended.result as { chunks: string; damaged: string; backups: string };
}

async function objectsOf(backupId: string): Promise<Set<string>> {
  const { store, keys } = lab.server;
  const names = new Set<string>();
  for await (const ref of manifestChunks(store, keys, await manifestOf(lab.server, backupId)))
    names.add(chunkObject(ref));
  return names;
}

test('a damaged chunk is told of in the backups that need it, and in no others', async () => {
  const first = await lab.create('First');
  await lab.addPole('one more');
  const second = await lab.create('Second');
  const [needed, others] = [await objectsOf(second.id), await objectsOf(first.id)];
  const [broken] = [...needed].filter((name) => !others.has(name));
  await writeFile(path.join(lab.opened.dataDir, 'vault', broken ?? ''), 'not a chunk');
  expect(await scrub(1)).toMatchObject({ damaged: '1', backups: '1' });
  const backups = await lab.server.vault.backup.findMany({ orderBy: { createdAt: 'asc' } });
  expect(backups.map(({ testFailedAt }) => testFailedAt === null)).toEqual([true, false]);
  expect(backups[1]?.testError).toMatchObject({
    code: 'TEST_FAILED',
    reason: 'backupDamaged',
    params: { name: 'Second', first: { code: 'CHUNK_CORRUPT' }, others: 0 },
  });
  expect(await scrub(1)).toMatchObject({ damaged: '0', backups: '0' });
});

test('a chunk that is gone is found too', async () => {
  const backup = await lab.create('Only');
  const [gone] = await objectsOf(backup.id);
  await rm(path.join(lab.opened.dataDir, 'vault', gone ?? ''));
  expect(await scrub(1)).toMatchObject({ damaged: '1', backups: '1' });
});

test('all are opened once before any is opened again', async () => {
  const backup = await lab.create('Only');
  const all = (await objectsOf(backup.id)).size;
  for (let night = 0; night < 3; night++) await scrub(3);
  const opened = await lab.server.vault.chunk.count({ where: { checkedAt: { not: null } } });
  expect(opened).toBe(all);
});

test('it is asked for once a day, when there is something to open', async () => {
  const asked = () => lab.server.vault.job.count({ where: { kind: 'SCRUB' } });
  await lab.create('Only');
  await requestDueScrub(lab.server);
  expect(await asked()).toBe(0);
  await lab.server.pool.query(`UPDATE vault.chunk SET created_at = now() - interval '2 days'`);
  await requestDueScrub(lab.server);
  await requestDueScrub(lab.server);
  expect(await asked()).toBe(1);
});
