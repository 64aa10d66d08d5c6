import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Backup, ChangeSet, Job } from '#generated/vault/client.ts';
import { permitCompare } from '#services/compare/permit-compare.ts';
import { requestCompare } from '#services/compare/request-compare.ts';
import { ANA, ana, openRestoreLab, type RestoreLab, RUI } from '#testing/restores.ts';
import { requestBringBack } from './bring-back.ts';
import type { BringBackInput } from './bring-back-input.ts';
import { newestUndoableChangeSet } from './change-set-queries.ts';
import { previewBringBack } from './preview-bring-back.ts';
import { requestUndo } from './undo-change-set.ts';

let lab: RestoreLab;
let backup: Backup;
let before: Record<string, string>;

beforeAll(async () => {
  lab = await openRestoreLab();
});
afterAll(() => lab?.[Symbol.asyncDispose]());
beforeEach(async () => {
  const poles = await lab.server.plant.pole.findMany({ take: 5, orderBy: { id: 'asc' } });
  await lab.server.plant.post.createMany({
    data: poles.map(({ id, name }) => ({ poleId: id, title: `On ${name.slice(0, 20)}` })),
  });
  backup = await lab.create('Before');
  before = await state();
});

/** Of each table's rows in order of their texts: rows that come back lie elsewhere on disk. */
async function state(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const table of ['pole', 'box', 'cable', 'client', 'post', 'post_tag', 'tag', 'setting']) {
    const { rows } = await lab.server.pool.query(
      `SELECT md5(string_agg(r::text, E'\\n' ORDER BY r::text)) AS digest FROM plant.${table} r`,
    );
    found[table] = rows[0].digest;
  }
  return found;
}

const may = () => permitCompare(lab.server, ana);

async function compareNow(): Promise<string> {
  const asked = await requestCompare(lab.server, await may(), { from: backup.id });
  expect((await lab.worker.ended(asked.job.id)).status).toBe('SUCCEEDED');
  return asked.compare.id;
}

const removed: BringBackInput = { selection: { filter: {} } };
const everything: BringBackInput = { ...removed, update: true, remove: true };

async function ask(compareId: string, input: BringBackInput & { digest?: string }) {
  const permit = await lab.may('backup.restore');
  const { job, changeSet } = await requestBringBack(lab.server, permit, compareId, input);
  return { job: await lab.worker.ended(job.id), changeSet: await read(changeSet.id) };
}

async function undo(set: ChangeSet, more = {}): Promise<Job> {
  const { job } = await requestUndo(lab.server, await lab.may('backup.restore'), set.id, more);
  return lab.worker.ended(job.id);
}

const read = (id: string) => lab.server.vault.changeSet.findUniqueOrThrow({ where: { id } });

async function deletePosts(): Promise<number> {
  const { count } = await lab.server.plant.post.deleteMany();
  await lab.server.plant.pole.updateMany({ where: { name: 'P-50' }, data: { type: 'wood' } });
  return count;
}

test('what was deleted comes back as it was, by people’s names in the audit log, and goes again by undo', async () => {
  const posts = await deletePosts();
  const after = await state();
  const compareId = await compareNow();
  const preview = await previewBringBack(lab.server, await may(), compareId, removed);
  expect(preview.counts).toContainEqual({
    table: 'post',
    deed: 'CREATE',
    why: 'CHOSEN',
    count: posts,
  });
  expect(await state()).toEqual(after);

  const { job, changeSet } = await ask(compareId, { ...removed, digest: preview.digest });
  expect(job.status, JSON.stringify(job.error)).toBe('SUCCEEDED');
  expect(changeSet).toMatchObject({ status: 'APPLIED', authorId: ANA, backupName: 'Before' });
  expect((await state()).post).toEqual(before.post);
  expect((await state()).pole).toEqual(after.pole);
  const events = await lab.server.vault.auditEvent.count({
    where: { action: 'network.create-post', actorId: ANA },
  });
  expect(events).toBe(posts);

  expect((await newestUndoableChangeSet(lab.server))?.id).toBe(changeSet.id);
  expect((await undo(changeSet)).status).toBe('SUCCEEDED');
  expect(await state()).toEqual(after);
  expect(await read(changeSet.id)).toMatchObject({ status: 'UNDONE', undoneById: ANA });
});

test('a field that changed goes back, and what people changed in others since stays', async () => {
  const pole = await lab.server.plant.pole.findFirstOrThrow();
  const { id } = pole;
  const change = (data: { type?: string; address?: string }) =>
    lab.server.plant.pole.update({ where: { id }, data });
  await change({ type: 'wood' });
  const compareId = await compareNow();
  await change({ address: 'changed since' });
  const chosen: BringBackInput = { selection: { ids: [id] }, update: true };
  const { job, changeSet } = await ask(compareId, chosen);
  expect(job.status, JSON.stringify(job.error)).toBe('SUCCEEDED');
  expect(await lab.server.plant.pole.findUniqueOrThrow({ where: { id } })).toMatchObject({
    type: pole.type,
    address: 'changed since',
    updatedById: ANA,
  });
  expect((await undo(changeSet)).status).toBe('SUCCEEDED');
  expect(await lab.server.plant.pole.findUniqueOrThrow({ where: { id } })).toMatchObject({
    type: 'wood',
    address: 'changed since',
  });
});

test('everything goes back, and that is undone to the byte', async () => {
  await deletePosts();
  await lab.addPole('new');
  const after = await state();
  const { job, changeSet } = await ask(await compareNow(), everything);
  expect(job.status, JSON.stringify(job.error)).toBe('SUCCEEDED');
  const { pole: _, ...others } = before;
  expect(await state()).toMatchObject(others);
  expect(await lab.polesNamed('new')).toBe(0);
  expect((await undo(changeSet)).status).toBe('SUCCEEDED');
  const { pole: __, ...othersAfter } = after;
  expect(await state()).toMatchObject(othersAfter);
  expect(await lab.polesNamed('new')).toBe(1);
});

test('what people change after the preview is told, and nothing is written', async () => {
  await lab.server.plant.post.deleteMany();
  await lab.addPole('new');
  const compareId = await compareNow();
  const { digest } = await previewBringBack(lab.server, await may(), compareId, everything);
  await lab.server.plant.pole.updateMany({ where: { name: 'new' }, data: { type: 'steel' } });
  const now = await state();
  const { job, changeSet } = await ask(compareId, { ...everything, digest });
  expect(job).toMatchObject({ status: 'FAILED', error: { reason: 'changedSincePreview' } });
  expect(changeSet.status).toBe('FAILED');
  expect(await state()).toEqual(now);
});

test('two people who bring back the same: the second is told that it is there', async () => {
  await lab.server.plant.post.deleteMany();
  const compareId = await compareNow();
  const permit = await lab.may('backup.restore');
  const asked = await Promise.all([
    requestBringBack(lab.server, permit, compareId, removed),
    requestBringBack(lab.server, permit, compareId, removed),
  ]);
  const jobs = await Promise.all(asked.map(({ job }) => lab.worker.ended(job.id)));
  expect(jobs.map(({ status }) => status).sort()).toEqual(['FAILED', 'SUCCEEDED']);
  expect((await state()).post).toEqual(before.post);
});

test('a row that people changed since stays, and undo says so before it leaves it', async () => {
  await lab.server.plant.post.deleteMany();
  const { changeSet } = await ask(await compareNow(), removed);
  const post = await lab.server.plant.post.findFirstOrThrow();
  await lab.server.plant.post.update({ where: { id: post.id }, data: { title: 'Seen again' } });
  expect(await undo(changeSet)).toMatchObject({
    status: 'FAILED',
    error: { reason: 'changedSinceBroughtBack', params: { rows: 1 } },
  });
  expect((await undo(changeSet, { keepChanged: true })).status).toBe('SUCCEEDED');
  expect(await lab.server.plant.post.findMany()).toMatchObject([{ title: 'Seen again' }]);
  await lab.server.plant.post.deleteMany();
});

test('what somebody wrote comes back under their id, and their account, which is gone by now, does not', async () => {
  const { plant } = lab.server;
  await plant.post.updateMany({ data: { createdById: RUI } });
  backup = await lab.create('By Rui');
  before = await state();
  await plant.post.deleteMany();
  await plant.user.delete({ where: { id: RUI } });
  const { job, changeSet } = await ask(await compareNow(), everything);
  expect(job.status, JSON.stringify(job.error)).toBe('SUCCEEDED');
  expect((await state()).post).toEqual(before.post);
  expect(await plant.user.findUnique({ where: { id: RUI } })).toBe(null);
  expect((await undo(changeSet)).status).toBe('SUCCEEDED');
  expect(await plant.post.count()).toBe(0);
});

test('after a restore it cannot be undone', async () => {
  await lab.server.plant.tag.deleteMany();
  const { changeSet } = await ask(await compareNow(), removed);
  await lab.apply(await lab.stage(backup));
  const permit = await lab.may('backup.restore');
  await expect(requestUndo(lab.server, permit, changeSet.id)).rejects.toMatchObject({
    code: 'CONFLICT',
    reason: 'restoredMeanwhile',
  });
  expect(await newestUndoableChangeSet(lab.server)).toBeNull();
});

test('a client whose port another one took comes back without it, unless it stays away', async () => {
  const { plant } = lab.server;
  const at = { lat: -22.9, lng: -47.06 };
  const { id: boxId } = await plant.box.create({ data: { name: 'CTO taken', ports: 8, ...at } });
  const ana = await plant.client.create({ data: { name: 'Ana', boxId, port: 3, ...at } });
  backup = await lab.create('With Ana');
  await plant.client.delete({ where: { id: ana.id } });
  await plant.client.create({ data: { name: 'Bia', boxId, port: 3, ...at } });
  const compareId = await compareNow();
  const { conflicts } = await previewBringBack(lab.server, await may(), compareId, removed);
  expect(conflicts).toMatchObject([
    {
      ...{ table: 'client', label: 'Ana', presentLabel: 'Bia', columns: ['port'] },
      ...{ choices: ['EMPTY', 'SKIP'], choice: 'EMPTY' },
    },
  ]);
  const { job } = await ask(compareId, removed);
  expect(job.status).toBe('SUCCEEDED');
  const back = await plant.client.findUniqueOrThrow({ where: { id: ana.id } });
  expect([back.boxId, back.port]).toEqual([boxId, null]);
});
