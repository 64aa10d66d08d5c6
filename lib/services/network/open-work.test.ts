import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type NetworkPermits, networkPermits, refusalOf } from '#testing/network.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import type { Server } from '../server.ts';
import { createElement } from './edit-element.ts';
import { createPost, type ElementId, listPosts, type PostRequest, updatePost } from './posts.ts';

let opened: TestServer;
let server: Server;
let may: NetworkPermits;
let pole: ElementId;

beforeAll(async () => {
  opened = await openTestServer();
  server = opened.server;
  may = await networkPermits(server);
});
afterAll(() => opened[Symbol.asyncDispose]());

beforeEach(async () => {
  await server.plant.post.deleteMany();
  const input = { name: 'P1', lat: -23.55, lng: -46.63 };
  pole = { kind: 'pole', id: (await createElement(server, may.edit, null, 'pole', input)).id };
});

const post = (title: string, input: object = {}) =>
  createPost(server, may.edit, null, pole, { title, ...input });
const change = (id: string, input: object) => updatePost(server, may.edit, null, id, input);
const work = (title: string, dueOn: string | null = null) => post(title, { work: 'OPEN', dueOn });
const titles = async (request: PostRequest) =>
  (await listPosts(server, may.view, request)).items.map(({ row }) => row.title);

describe('a post', () => {
  test('is a note until somebody says that it is work, and by when', async () => {
    const note = await post('Vistoria');
    expect(note).toMatchObject({ work: 'NONE', dueOn: null });
    const open = await change(note.id, { work: 'OPEN', dueOn: '2026-12-03' });
    expect([open.work, open.dueOn?.toISOString()]).toEqual(['OPEN', '2026-12-03T00:00:00.000Z']);
    const done = await change(note.id, { work: 'DONE' });
    expect([done.work, done.dueOn?.toISOString()]).toEqual(['DONE', '2026-12-03T00:00:00.000Z']);
    expect(await change(note.id, { work: 'NONE' })).toMatchObject({ work: 'NONE', dueOn: null });
  });

  test('that is a note is not due', async () => {
    const wrong = [{ path: 'dueOn', reason: 'dueWithoutWork' }];
    const dueOn = '2026-12-03';
    expect((await refusalOf(post('Vistoria', { dueOn }))).fields).toMatchObject(wrong);
    const { id } = await post('Vistoria');
    expect((await refusalOf(change(id, { dueOn }))).fields).toMatchObject(wrong);
  });

  test.each(['2026-02-30', '03/12/2026', '2026-12-03T00:00:00Z', '', 20261203, '12026-01-01'])(
    'is not due on %j',
    async (dueOn) => {
      const { fields } = await refusalOf(post('Poda', { work: 'OPEN', dueOn }));
      expect(fields).toMatchObject([{ path: 'dueOn', reason: 'date' }]);
    },
  );
});

describe('a list of open work', () => {
  test('begins with what is due soonest, and ends with what has no day', async () => {
    await work('whenever');
    await work('later', '2027-01-10');
    await post('a note');
    await work('overdue', '2020-05-01');
    await post('finished', { work: 'DONE', dueOn: '2020-01-01' });
    expect(await titles({ work: 'OPEN' })).toEqual(['overdue', 'later', 'whenever']);
    expect(await titles({ work: 'DONE' })).toEqual(['finished']);
    expect(await titles({ work: 'OPEN', search: 'lat', element: pole })).toEqual(['later']);
  });

  test('goes on where the page before it ended, within a day and among those without one', async () => {
    const days = ['2026-01-01', '2026-01-01', '2026-01-01', '2026-01-02', null, null, null];
    for (const [at, day] of days.entries()) await work(`${at}`, day);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listPosts>> = await listPosts(server, may.view, {
        ...{ work: 'OPEN', first: 2, after },
      });
      expect(page.totalCount).toBe(days.length);
      seen.push(...page.items.map(({ row }) => row.title));
      after = page.hasNextPage ? (page.items.at(-1)?.cursor ?? null) : null;
    } while (after !== null);
    expect(seen).toEqual(['0', '1', '2', '3', '4', '5', '6']);
  });

  test('refuses the cursor of another list', async () => {
    for (const title of ['1', '2']) await work(title);
    const all = await listPosts(server, may.view, { first: 1 });
    const after = all.items[0]?.cursor ?? null;
    const error = await refusalOf(listPosts(server, may.view, { work: 'OPEN', after }));
    expect(error.fields[0]?.path).toBe('after');
  });
});
