import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  emptyStage,
  type NetworkPermits,
  networkPermits,
  refusalOf,
  someoneWaits,
  swapForTest,
} from '#testing/network.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { plantEpoch } from '#vault/plant-state.ts';
import { systemAuthority } from './authority.ts';
import { createElement, updateElement } from './network/edit-element.ts';
import { getElement } from './network/element-queries.ts';
import type { Server } from './server.ts';
import { readPlant, writePlant } from './write-plant.ts';

let opened: TestServer;
let server: Server;
let may: NetworkPermits;

beforeEach(async () => {
  opened = await openTestServer();
  server = opened.server;
  may = await networkPermits(server);
  await emptyStage(server, 'plant_stage_1');
});
afterEach(() => opened[Symbol.asyncDispose]());

async function projectNames(schema: string): Promise<string[]> {
  const found = await server.pool.query(`SELECT name FROM ${schema}.project ORDER BY name`);
  return found.rows.map((row) => String(row.name));
}

test('a write from a page older than the swap is refused, and nothing is written', async () => {
  const epoch = await plantEpoch(server.plant);
  await swapForTest(server, 'plant_stage_1', 'plant_prev_1');
  const error = await refusalOf(
    createElement(server, may.edit, epoch, 'project', { name: 'Late' }),
  );
  expect([error.code, error.status]).toEqual(['PLANT_RESTORED_MEANWHILE', 409]);
  expect(await projectNames('plant')).toEqual([]);
  expect(await projectNames('plant_prev_1')).toEqual([]);
  expect(await server.vault.auditEvent.count()).toBe(0);
  const now = await plantEpoch(server.plant);
  expect((await createElement(server, may.edit, now, 'project', { name: 'After' })).name).toBe(
    'After',
  );
});

test('a write that the swap overtakes while it waits is refused, and is in neither plant', async () => {
  const epoch = await plantEpoch(server.plant);
  let late: Promise<unknown> = Promise.resolve();
  await swapForTest(server, 'plant_stage_1', 'plant_prev_1', async () => {
    late = refusalOf(createElement(server, may.edit, epoch, 'project', { name: 'Overtaken' }));
    await someoneWaits(server);
  });
  expect(await late).toMatchObject({ code: 'PLANT_RESTORED_MEANWHILE' });
  expect(await projectNames('plant')).toEqual([]);
  expect(await projectNames('plant_prev_1')).toEqual([]);
});

test('a write without an epoch that the swap overtakes lands whole in the new plant', async () => {
  let late: Promise<unknown> = Promise.resolve();
  await swapForTest(server, 'plant_stage_1', 'plant_prev_1', async () => {
    late = createElement(server, may.edit, null, 'project', { name: 'Waited' });
    await someoneWaits(server);
  });
  await late;
  expect(await projectNames('plant')).toEqual(['Waited']);
  expect(await projectNames('plant_prev_1')).toEqual([]);
});

test('a swap waits for a write under way, whose row is then in the plant that is kept', async () => {
  const epoch = await plantEpoch(server.plant);
  let swap: Promise<unknown> = Promise.resolve();
  await writePlant(server, systemAuthority, epoch, async (tx) => {
    await tx.project.create({ data: { name: 'In time' } });
    swap = swapForTest(server, 'plant_stage_1', 'plant_prev_1');
    await someoneWaits(server);
  });
  await swap;
  expect(await projectNames('plant')).toEqual([]);
  expect(await projectNames('plant_prev_1')).toEqual(['In time']);
});

test('a write that fails because the swap took away what it refers to says so', async () => {
  const epoch = await plantEpoch(server.plant);
  const project = await createElement(server, may.edit, epoch, 'project', { name: 'Before' });
  await swapForTest(server, 'plant_stage_1', 'plant_prev_1');
  const pole = { name: 'P', projectId: project.id, lat: 0, lng: 0 };
  const changes = [
    () => updateElement(server, may.edit, epoch, 'project', project.id, { name: 'x' }),
    () => createElement(server, may.edit, epoch, 'pole', pole),
  ];
  for (const change of changes)
    expect((await refusalOf(change())).code).toBe('PLANT_RESTORED_MEANWHILE');
  const blind = await refusalOf(
    updateElement(server, may.edit, null, 'project', project.id, { name: 'x' }),
  );
  expect(blind.code).toBe('NOT_FOUND');
});

test('an answer of several queries is read again when a swap comes in between', async () => {
  const project = await createElement(server, may.edit, null, 'project', { name: 'Before' });
  let runs = 0;
  const answer = await readPlant(server, async (db) => {
    const first = await db.project.count();
    if (++runs === 1) await swapForTest(server, 'plant_stage_1', 'plant_prev_1');
    return [first, await db.project.count()];
  });
  expect([answer, runs]).toEqual([[0, 0], 2]);
  expect(await getElement(server, may.view, 'project', project.id)).toBeNull();
});

test('an answer that a swap makes fail is read again too', async () => {
  const project = await createElement(server, may.edit, null, 'project', { name: 'Before' });
  let runs = 0;
  const found = await readPlant(server, async (db) => {
    if (++runs === 1) await swapForTest(server, 'plant_stage_1', 'plant_prev_1');
    const row = await db.project.findUnique({ where: { id: project.id } });
    if (!row && runs === 1) throw new Error('gone');
    return row;
  });
  expect([found, runs]).toEqual([null, 2]);
});
