import { afterAll, beforeAll, expect, test } from 'vitest';
import { type NetworkPermits, networkPermits, refusalOf, testActor } from '#testing/network.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import type { Server } from '../server.ts';
import { createElement, deleteElement, updateElement } from './edit-element.ts';
import { deedOf, fieldsOf, historyCursor, lookUpHistory } from './element-history.ts';
import type { ElementKind } from './element-queries.ts';
import { createTag } from './tags.ts';

let opened: TestServer;
let server: Server;
let may: NetworkPermits;

beforeAll(async () => {
  opened = await openTestServer();
  server = opened.server;
  may = await networkPermits(server);
});
afterAll(() => opened[Symbol.asyncDispose]());

const at = { lat: -22.9, lng: -47.06 };

async function historyOf(kind: ElementKind, id: string, request = {}) {
  const [page] = await lookUpHistory(server, may.view, kind, [id], request);
  if (!page) throw new Error('no answer');
  return page;
}

const told = async (kind: ElementKind, id: string) =>
  (await historyOf(kind, id)).items.map((event) => [
    event.actorName,
    deedOf(event),
    fieldsOf(event),
  ]);

test('the history tells each change with what was before and after, and outlives the element', async () => {
  const box = await createElement(server, may.edit, null, 'box', { name: 'CTO 1', ...at });
  const tag = await createTag(server, may.edit, null, { name: 'urgente' });
  const client = await createElement(server, may.edit, null, 'client', { name: 'Ana', ...at });
  const change = (input: object) =>
    updateElement(server, may.edit, null, 'client', client.id, input);
  await change({ boxId: box.id, port: 3, lat: -22.95, tagIds: [tag.id] });
  await change({ name: 'Ana Souza', boxId: null });
  await change({ name: 'Ana Souza' });
  await deleteElement(server, may.edit, null, 'client', client.id);
  expect(await told('client', client.id)).toEqual([
    [testActor.name, 'DELETED', null],
    [testActor.name, 'CHANGED', []],
    [
      testActor.name,
      'CHANGED',
      [
        { name: 'boxId', before: 'CTO 1', after: null },
        { name: 'name', before: 'Ana', after: 'Ana Souza' },
      ],
    ],
    [
      testActor.name,
      'CHANGED',
      [
        { name: 'boxId', before: null, after: 'CTO 1' },
        { name: 'lat', before: -22.9, after: -22.95 },
        { name: 'port', before: null, after: 3 },
        { name: 'tagIds', before: [], after: ['urgente'] },
      ],
    ],
    [testActor.name, 'CREATED', null],
  ]);
  expect((await historyOf('pole', client.id)).items).toEqual([]);
});

test('long texts and paths are written down in short', async () => {
  const project = await createElement(server, may.edit, null, 'project', { name: 'Long' });
  await updateElement(server, may.edit, null, 'project', project.id, {
    description: '𝕬'.repeat(5000),
  });
  const cable = await createElement(server, may.edit, null, 'cable', { name: 'F12' });
  const path = Array.from({ length: 900 }, (_, n) => [-47 + n / 1e5, -22.9]);
  await updateElement(server, may.edit, null, 'cable', cable.id, { path });
  const [[, , fields] = []] = await told('project', project.id);
  expect(fields).toEqual([{ name: 'description', before: '', after: '𝕬'.repeat(300) }]);
  expect((await told('cable', cable.id))[0]?.[2]).toEqual([
    { name: 'path', before: 0, after: 900 },
  ]);
});

test('a change that is refused leaves no trace', async () => {
  const pole = await createElement(server, may.edit, null, 'pole', { name: 'P-1', ...at });
  await refusalOf(updateElement(server, may.edit, null, 'pole', pole.id, { lat: 91 }));
  expect(await told('pole', pole.id)).toHaveLength(1);
});

test('pages of a history follow each other; many elements are asked for at once', async () => {
  const poles = [];
  for (const name of ['A', 'B'])
    poles.push(await createElement(server, may.edit, null, 'pole', { name, ...at }));
  const [one, two] = poles.map(({ id }) => id);
  for (let n = 0; n < 5; n++)
    await updateElement(server, may.edit, null, 'pole', one ?? '', { type: `Type ${n}` });
  const seen: string[] = [];
  for (let after: string | null = null; seen.length < 6; ) {
    const page = await historyOf('pole', one ?? '', { first: 2, after });
    expect(page.items.length).toBeGreaterThan(0);
    seen.push(...page.items.map(({ id }) => id));
    expect(page.hasNextPage).toBe(seen.length < 6);
    const last = page.items.at(-1);
    after = last ? historyCursor(last) : null;
  }
  expect(new Set(seen).size).toBe(6);
  const both = await lookUpHistory(server, may.view, 'pole', [two ?? '', one ?? ''], { first: 3 });
  expect(both.map(({ items }) => items.length)).toEqual([1, 3]);
  const wrong = { first: 1, after: 'x' };
  await expect(historyOf('pole', one ?? '', wrong)).rejects.toMatchObject({
    code: 'VALIDATION_FAILED',
  });
});
