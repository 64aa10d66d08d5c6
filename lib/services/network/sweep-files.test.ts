import { createHash, randomBytes } from 'node:crypto';
import { utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { enqueueJob } from '#jobs/queue.ts';
import {
  emptyStage,
  type NetworkPermits,
  networkPermits,
  someoneWaits,
  swapForTest,
} from '#testing/network.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { systemActor } from '../permit.ts';
import type { Server } from '../server.ts';
import { createElement } from './edit-element.ts';
import { loadSampleJob } from './load-sample.ts';
import { addPostFile, deletePostFile } from './post-files.ts';
import { createPost } from './posts.ts';
import { FILE_GRACE_MS, sweepFiles } from './sweep-files.ts';

let opened: TestServer;
let server: Server;
let may: NetworkPermits;

beforeEach(async () => {
  opened = await openTestServer();
  server = opened.server;
  may = await networkPermits(server);
});
afterEach(() => opened[Symbol.asyncDispose]());

async function* once(bytes: Buffer) {
  yield bytes;
}

async function newPost(): Promise<string> {
  const project = await createElement(server, may.edit, null, 'project', { name: 'Centro' });
  const element = { kind: 'project' as const, id: project.id };
  return (await createPost(server, may.edit, null, element, { title: 'T' })).id;
}

/** Puts a file on a post; it looks as old as the sweep takes. */
async function addOld(postId: string, body = randomBytes(100)) {
  const file = { name: 'a.jpg', mediaType: 'image/jpeg', bytes: once(body) };
  const added = await addPostFile(server, may.edit, null, postId, file);
  await age(added.sha256);
  return added;
}

const old = () => new Date(Date.now() - FILE_GRACE_MS - 60_000);

async function age(sha256: string): Promise<void> {
  await utimes(path.join(opened.dataDir, 'files', sha256.slice(0, 2), sha256), old(), old());
}

async function writeOld(body: Buffer): Promise<string> {
  const sha256 = createHash('sha256').update(body).digest('hex');
  await server.files.write(sha256, once(body));
  await age(sha256);
  return sha256;
}

test('a content goes when no post shows it any more, and not before', async () => {
  const post = await newPost();
  const [kept, removed] = [await addOld(post), await addOld(post)];
  await deletePostFile(server, may.edit, null, removed.id);
  expect(await sweepFiles(server)).toEqual({ files: 1, partials: 0 });
  expect(await server.files.has(kept.sha256)).toBe(true);
  expect(await server.files.has(removed.sha256)).toBe(false);
  expect(await sweepFiles(server)).toEqual({ files: 0, partials: 0 });
});

test('a young content stays, listed or not', async () => {
  const body = randomBytes(100);
  const sha256 = createHash('sha256').update(body).digest('hex');
  await server.files.write(sha256, once(body));
  expect((await sweepFiles(server)).files).toBe(0);
  expect(await server.files.has(sha256)).toBe(true);
  await age(sha256);
  expect((await sweepFiles(server)).files).toBe(1);
});

test('a content that only a kept or a staged plant lists stays', async () => {
  const inKept = await addOld(await newPost());
  await emptyStage(server, 'plant_stage_1');
  await swapForTest(server, 'plant_stage_1', 'plant_prev_1');
  await emptyStage(server, 'plant_stage_2');
  const inStage = await writeOld(randomBytes(50));
  await server.pool.query('INSERT INTO plant_stage_2.stored_file (sha256, bytes) VALUES ($1, 50)', [
    inStage,
  ]);
  const inNone = await writeOld(randomBytes(50));
  expect((await sweepFiles(server)).files).toBe(1);
  expect(await server.files.has(inKept.sha256)).toBe(true);
  expect(await server.files.has(inStage)).toBe(true);
  expect(await server.files.has(inNone)).toBe(false);
  await server.pool.query('DROP SCHEMA plant_prev_1 CASCADE');
  expect((await sweepFiles(server)).files).toBe(1);
  expect(await server.files.has(inKept.sha256)).toBe(false);
});

test.each(['CREATE_BACKUP', 'STAGE_RESTORE', 'SAMPLE'] as const)(
  'nothing goes while a job %s runs',
  async (kind) => {
    const unneeded = await writeOld(randomBytes(50));
    const { id } = await enqueueJob(server.vault, loadSampleJob, {
      input: { size: 'small' },
      requestedBy: systemActor,
    });
    await server.pool.query(`UPDATE vault.job SET kind = $2, status = 'RUNNING' WHERE id = $1`, [
      id,
      kind,
    ]);
    expect((await sweepFiles(server)).files).toBe(0);
    await server.pool.query(
      `UPDATE vault.job SET status = 'FAILED', ended_at = now() WHERE id = $1`,
      [id],
    );
    expect((await sweepFiles(server)).files).toBe(1);
    expect(await server.files.has(unneeded)).toBe(false);
  },
);

test('a content that is uploaded again during the sweep is there afterwards', async () => {
  const post = await newPost();
  const body = randomBytes(100);
  const first = await addOld(post, body);
  await deletePostFile(server, may.edit, null, first.id);
  await age(first.sha256);
  // The upload has its row and waits to commit when the sweep comes to its content.
  const holder = await server.connect();
  await holder.query('BEGIN');
  await holder.query('LOCK TABLE plant.post_file IN SHARE MODE');
  const upload = addPostFile(server, may.edit, null, post, {
    name: 'again.jpg',
    mediaType: 'image/jpeg',
    bytes: once(body),
  });
  await someoneWaits(server);
  await age(first.sha256);
  const sweep = sweepFiles(server);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await holder.query('COMMIT');
  await holder.end();
  const added = await upload;
  expect((await sweep).files).toBe(0);
  expect(added.sha256).toBe(first.sha256);
  expect(await server.files.has(added.sha256)).toBe(true);
});

test('remains of broken uploads go when nobody has written to them for long', async () => {
  const folder = path.join(opened.dataDir, 'files');
  const [stale, fresh] = ['0'.repeat(24), '1'.repeat(24)].map((name) =>
    path.join(folder, `${name}.partial`),
  ) as [string, string];
  await writeFile(stale, 'x');
  await writeFile(fresh, 'x');
  await utimes(stale, old(), old());
  expect((await sweepFiles(server)).partials).toBe(1);
  expect((await sweepFiles(server)).partials).toBe(0);
});
