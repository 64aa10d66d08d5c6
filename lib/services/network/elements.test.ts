import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type NetworkPermits, networkPermits, refusalOf, testActor } from '#testing/network.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import type { Server } from '../server.ts';
import { createElement, deleteElement, updateElement } from './edit-element.ts';
import { getElement, listElements } from './element-queries.ts';
import { createPost, elementOf, listPosts } from './posts.ts';
import { createTag, deleteTag, listTags, updateTag } from './tags.ts';

let opened: TestServer;
let server: Server;
let may: NetworkPermits;

beforeAll(async () => {
  opened = await openTestServer();
  server = opened.server;
  may = await networkPermits(server);
});
afterAll(() => opened[Symbol.asyncDispose]());

const at = { lat: -23.55, lng: -46.63 };
const absent = '01a00000-0000-7000-8000-00000000dead';

const project = (name = 'Vila Aurora') =>
  createElement(server, may.edit, null, 'project', { name });

test('an external id is one element’s only; an empty one is none', async () => {
  const pole = { name: 'P-1', ...at, externalId: 'OZ-1' };
  const { id } = await createElement(server, may.edit, null, 'pole', pole);
  const other = await createElement(server, may.edit, null, 'pole', { ...pole, externalId: '' });
  expect(other.externalId).toBeNull();
  const taken = [{ path: 'externalId', reason: 'externalIdTaken' }];
  const again = createElement(server, may.edit, null, 'pole', pole);
  expect((await refusalOf(again)).fields).toMatchObject(taken);
  const change = { externalId: 'OZ-1' };
  const changed = updateElement(server, may.edit, null, 'pole', other.id, change);
  expect((await refusalOf(changed)).fields).toMatchObject(taken);
  await createElement(server, may.edit, null, 'box', { ...pole, name: 'CTO 1' });
  await updateElement(server, may.edit, null, 'pole', id, { externalId: '' });
  await createElement(server, may.edit, null, 'pole', pole);
});

describe('names', () => {
  const kept = [
    ['emoji', 'Poste 📡 👩‍🚒'],
    ['HTML', '<img src=x onerror=alert(1)>'],
    ['right to left', 'عمود الشارع gnp.exe'],
    ['SQL', "'); DROP TABLE plant.pole; --"],
    ['quotes and backslashes', '"\\ \\N \\. $$'],
    ['200 characters outside the BMP', '𝕬'.repeat(200)],
  ] as const;
  test.each(kept)('of %s are kept as they are', async (_what, name) => {
    const made = await project(name);
    expect((await getElement(server, may.view, 'project', made.id))?.name).toBe(name);
  });

  const refused = [
    ['nothing', ''],
    ['blanks only', ' \u00a0 '],
    ['100,000 characters', 'x'.repeat(100_000)],
    ['201 characters', 'x'.repeat(201)],
    ['NUL', 'a\0b'],
    ['a line break', 'a\nb'],
    ['an escape', 'a\u001b[31mb'],
    ['a C1 control', 'a\u0085b'],
    ['a line separator', 'a\u2028b'],
    ['half a surrogate pair', 'a\ud800b'],
    ['nothing that can be seen', '\u200b\u2800'],
  ] as const;
  test.each(refused)('of %s are refused with a field error', async (_what, name) => {
    const error = await refusalOf(project(name));
    expect(error.code).toBe('VALIDATION_FAILED');
    expect(error.fields.map((field) => field.path)).toEqual(['name']);
  });

  test('are trimmed', async () => {
    expect((await project('  Centro \t')).name).toBe('Centro');
  });
});

describe('values out of range are refused by field', () => {
  const cases = [
    [{ lat: 90.01 }, 'lat'],
    [{ lat: Number.NaN }, 'lat'],
    [{ lng: Number.POSITIVE_INFINITY }, 'lng'],
    [{ lng: -180.5 }, 'lng'],
    [{ level: 0 }, 'level'],
    [{ level: 1.5 }, 'level'],
    [{ type: 'CUPBOARD' }, 'type'],
    [{ deploymentStatus: 'planned' }, 'deploymentStatus'],
    [{ template: 'a\tb'.repeat(200) }, 'template'],
    [{ projectId: 'not-an-id' }, 'projectId'],
    [{ projectId: absent }, 'projectId'],
    [{ poleId: absent }, 'poleId'],
    [{ tagIds: [absent] }, 'tagIds'],
    [{ tagIds: Array.from({ length: 51 }, () => absent) }, 'tagIds'],
  ] as const;
  test.each(cases)('%#', async (wrong, path) => {
    const { id } = await project();
    const input = { name: 'CTO 1', projectId: id, ...at, ...wrong };
    const error = await refusalOf(createElement(server, may.edit, null, 'box', input));
    expect(error.code).toBe('VALIDATION_FAILED');
    expect(error.fields[0]?.path.split('.')[0]).toBe(path);
    expect(await server.plant.box.count({ where: { projectId: id } })).toBe(0);
  });

  const paths: [string, unknown][] = [
    ['one position', [[1, 2]]],
    ['half a position', [[1, 2], [3]]],
    [
      'a position off the globe',
      [
        [1, 2],
        [181, 0],
      ],
    ],
    [
      'words',
      [
        [1, 2],
        ['a', 0],
      ],
    ],
    ['an object', { type: 'LineString' }],
    ['a string', '[[1,2],[3,4]]'],
    ['10,001 positions', Array.from({ length: 10_001 }, () => [0, 0])],
  ];
  test.each(paths)('a cable along %s', async (_what, path) => {
    const { id } = await project();
    const error = await refusalOf(
      createElement(server, may.edit, null, 'cable', { name: 'F1', projectId: id, path }),
    );
    expect(error.fields[0]?.path.split('.')[0]).toBe('path');
  });

  test('every wrong field is named at once', async () => {
    const error = await refusalOf(
      createElement(server, may.edit, null, 'client', {
        name: '',
        projectId: 'x',
        lat: 91,
        lng: 0,
        port: 0,
      }),
    );
    expect(error.fields.map((field) => field.path)).toEqual(['name', 'projectId', 'lat', 'port']);
  });
});

describe('an element', () => {
  test('keeps who made it and who changed it last, and only the fields given change', async () => {
    const { id: projectId } = await project();
    const made = await createElement(server, may.edit, null, 'pole', {
      name: 'P1',
      projectId,
      ...at,
      address: 'Rua A, 10',
    });
    expect(made).toMatchObject({ createdById: testActor.id, licensingStatus: 'UNKNOWN' });
    const changed = await updateElement(server, may.edit, null, 'pole', made.id, {
      name: 'P1b',
      type: null,
    });
    expect(changed).toMatchObject({ name: 'P1b', address: 'Rua A, 10', type: '' });
    expect(changed.updatedAt.getTime()).toBeGreaterThanOrEqual(made.updatedAt.getTime());
  });

  test('loses a reference by null and keeps it when it is not given', async () => {
    const { id: projectId } = await project();
    const pole = await createElement(server, may.edit, null, 'pole', {
      name: 'P2',
      projectId,
      ...at,
    });
    const box = await createElement(server, may.edit, null, 'box', {
      name: 'B2',
      projectId,
      poleId: pole.id,
      ...at,
    });
    const renamed = await updateElement(server, may.edit, null, 'box', box.id, { name: 'B2b' });
    expect(renamed.poleId).toBe(pole.id);
    expect(
      (await updateElement(server, may.edit, null, 'box', box.id, { poleId: null })).poleId,
    ).toBeNull();
  });

  test('a tag has no second one of the same look, nor one that differs in case or accents', async () => {
    await createTag(server, may.edit, null, { name: 'Ação' });
    for (const name of ['Ação', 'Ac\u0327a\u0303o', ' Ação\u200b', 'acao', 'AÇÃO\u00a0']) {
      const error = await refusalOf(createTag(server, may.edit, null, { name }));
      expect(error.fields).toMatchObject([{ path: 'name', reason: 'tagNameTaken' }]);
    }
    const other = await createTag(server, may.edit, null, { name: 'Ação 2' });
    const error = await refusalOf(updateTag(server, may.edit, null, other.id, { name: 'acao' }));
    expect(error.fields).toMatchObject([{ path: 'name', reason: 'tagNameTaken' }]);
    const renamed = await updateTag(server, may.edit, null, other.id, { name: 'AÇÃO 2' });
    expect(renamed.name).toBe('AÇÃO 2');
    await server.plant.tag.deleteMany();
  });

  test('two tags of one name in the same instant are one', async () => {
    const made = await Promise.allSettled(
      ['Zé', 'ZE', 'ze\u0301'].map((name) => createTag(server, may.edit, null, { name })),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await server.plant.tag.deleteMany();
  });

  test('takes the tags given, all of them, and keeps them when none are given', async () => {
    const red = await createTag(server, may.edit, null, { name: 'urgent', color: '#FF0000' });
    const blue = await createTag(server, may.edit, null, { name: 'leased' });
    const made = await createElement(server, may.edit, null, 'project', {
      name: 'Tagged',
      tagIds: [red.id, red.id, blue.id],
    });
    const tagged = () => server.plant.projectTag.count({ where: { projectId: made.id } });
    expect(await tagged()).toBe(2);
    await updateElement(server, may.edit, null, 'project', made.id, { name: 'Tagged still' });
    expect(await tagged()).toBe(2);
    await updateElement(server, may.edit, null, 'project', made.id, { tagIds: [blue.id] });
    expect(await tagged()).toBe(1);
    expect(red.color).toBe('#ff0000');
    const taken = await refusalOf(updateTag(server, may.edit, null, blue.id, { name: 'urgent' }));
    expect(taken.fields[0]?.path).toBe('name');
    await deleteTag(server, may.edit, null, blue.id);
    expect(await tagged()).toBe(0);
    expect((await listTags(server, may.view)).map((tag) => tag.name)).toEqual(['urgent']);
  });

  test('that is not there is said to be so', async () => {
    const error = await refusalOf(
      updateElement(server, may.edit, null, 'pole', absent, { name: 'x' }),
    );
    expect(error.code).toBe('NOT_FOUND');
    expect((await refusalOf(deleteElement(server, may.edit, null, 'box', 'x'))).code).toBe(
      'NOT_FOUND',
    );
    expect(await getElement(server, may.view, 'cable', 'nonsense')).toBeNull();
  });

  test('leaves a line in the audit in the same transaction, or none', async () => {
    const { id, name } = await project('Audited');
    const lines = () =>
      server.vault.auditEvent.findMany({ where: { targetId: id }, orderBy: { at: 'asc' } });
    expect(await lines()).toMatchObject([
      { action: 'network.create-project', actorName: testActor.name, targetName: name },
    ]);
    await refusalOf(updateElement(server, may.edit, 999n, 'project', id, { name: 'never' }));
    expect(await lines()).toHaveLength(1);
    expect((await getElement(server, may.view, 'project', id))?.name).toBe('Audited');
  });
});

describe('deleting', () => {
  test('an element that others need is refused, and the error says which need it', async () => {
    const made = await project('Needed');
    const projectId = made.id;
    const pole = await createElement(server, may.edit, null, 'pole', {
      name: 'P',
      projectId,
      ...at,
    });
    const box = await createElement(server, may.edit, null, 'box', {
      name: 'B',
      projectId,
      poleId: pole.id,
      ...at,
    });
    const cable = await createElement(server, may.edit, null, 'cable', {
      name: 'C',
      projectId,
      fromBoxId: box.id,
    });
    const client = await createElement(server, may.edit, null, 'client', {
      name: 'K',
      projectId,
      boxId: box.id,
      ...at,
    });
    const refuse = async (kind: 'project' | 'pole' | 'box', id: string) =>
      (await refusalOf(deleteElement(server, may.edit, null, kind, id))).message;
    expect(await refuse('project', projectId)).toBe(
      'The project “Needed” still has 1 pole, 1 box, 1 cable and 1 client.',
    );
    expect(await refuse('pole', pole.id)).toBe('The pole “P” still has 1 box.');
    expect(await refuse('box', box.id)).toBe('The box “B” still has 1 cable and 1 client.');
    for (const [kind, id] of [
      ['client', client.id],
      ['cable', cable.id],
      ['box', box.id],
      ['pole', pole.id],
      ['project', projectId],
    ] as const)
      expect(await deleteElement(server, may.edit, null, kind, id)).toBe(id);
    expect(await getElement(server, may.view, 'project', projectId)).toBeNull();
  });

  test('takes the posts of the element along', async () => {
    const made = await project('With posts');
    const post = await createPost(
      server,
      may.edit,
      null,
      { kind: 'project', id: made.id },
      { title: 'Survey', observation: 'two\nlines' },
    );
    expect(elementOf(post)).toEqual({ kind: 'project', id: made.id });
    await deleteElement(server, may.edit, null, 'project', made.id);
    const posts = await listPosts(server, may.view, { element: { kind: 'project', id: made.id } });
    expect(posts).toEqual({ items: [], hasNextPage: false, totalCount: 0 });
  });
});

test('a list is by name without case and accents, and its search finds the start of a name so', async () => {
  for (const name of ['água 2', 'ÁGUA 1', 'agua 3', 'Água_%', 'Bairro', 'zona sul'])
    await project(name);
  const found = await listElements(server, may.view, 'project', { search: 'ÁGUA' });
  expect(found.items.map((item) => item.row.name)).toEqual([
    'ÁGUA 1',
    'água 2',
    'agua 3',
    'Água_%',
  ]);
  const literal = await listElements(server, may.view, 'project', { search: 'agua_%' });
  expect(literal.items).toHaveLength(1);
});

test('letters beyond a to z sort and are found as plain ones, decomposed names too', async () => {
  const names = [
    'øst 1',
    'Łaz 1',
    'Osso 1',
    'Zulu 1',
    'ő 1',
    'ẽ 1',
    'Lb 1',
    'Conceic\u0327a\u0303o 1',
  ];
  await server.plant.pole.createMany({ data: names.map((name) => ({ name, lat: 0, lng: 0 })) });
  const poles = async (search: string) =>
    (await listElements(server, may.view, 'pole', { search })).items.map(({ row }) => row.name);
  const all = (await listElements(server, may.view, 'pole', { first: 200 })).items.map(
    ({ row }) => row.name,
  );
  expect(all.filter((name) => names.includes(name))).toEqual([
    ...['Conceic\u0327a\u0303o 1', 'ẽ 1', 'Łaz 1', 'Lb 1', 'ő 1', 'Osso 1', 'øst 1', 'Zulu 1'],
  ]);
  for (const [search, name] of [
    ['ost 1', 'øst 1'],
    ['ØST', 'øst 1'],
    ['laz', 'Łaz 1'],
    ['e 1', 'ẽ 1'],
    ['Conceição', 'Conceic\u0327a\u0303o 1'],
    ['conceicao\u00a0 1', 'Conceic\u0327a\u0303o 1'],
  ] as const)
    expect((await poles(search))[0]).toBe(name);
});

test('a post is found by its title without accents', async () => {
  const element = { kind: 'project', id: (await project('Obras')).id } as const;
  await createPost(server, may.edit, null, element, { title: 'Ac\u0327a\u0303o  no poste' });
  const found = await listPosts(server, may.view, { search: 'acao no' });
  expect(found.items.map(({ row }) => row.title)).toEqual(['Ação no poste']);
});

test.each([
  ['not base64 of ours', 'x'],
  ['another list’s', Buffer.from(JSON.stringify([absent])).toString('base64url')],
  ['one with NUL', Buffer.from(JSON.stringify(['\0', absent])).toString('base64url')],
  ['one without an id', Buffer.from(JSON.stringify(['a', 'b'])).toString('base64url')],
])('a cursor that is %s is refused', async (_what, after) => {
  const error = await refusalOf(listElements(server, may.view, 'project', { after }));
  expect(error.fields[0]?.path).toBe('after');
});
