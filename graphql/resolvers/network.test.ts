import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openTestGraphQL, type TestClient, type TestGraphQL } from '#testing/graphql.ts';
import { emptyStage, swapForTest } from '#testing/network.ts';

let opened: TestGraphQL;
let me: TestClient & { id: string };

beforeAll(async () => {
  opened = await openTestGraphQL();
  me = await opened.signedInAs('Network technician');
});
afterAll(() => opened[Symbol.asyncDispose]());

/** The answer's data; throws where there are errors. */
async function ask<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
  const answer = await me.send(query, variables);
  if (answer.errors.length > 0) throw new Error(JSON.stringify(answer.errors));
  return answer.data as T;
}

interface Row {
  id: string;
  name: string;
}

/** Makes an element by its mutation. */
async function make(kind: string, input: Record<string, unknown>): Promise<Row> {
  const field = kind.charAt(0).toLowerCase() + kind.slice(1);
  const made = await ask<Record<string, Record<string, Row>>>(
    `mutation ($input: Create${kind}Input!) { create${kind}(input: $input) { ${field} { id name } } }`,
    { input },
  );
  return made[`create${kind}`]?.[field] as Row;
}

const at = { lat: -22.9, lng: -47.06 };

describe('a network made by mutations', () => {
  test('reads back as it was made, with what is connected and who made it', async () => {
    const { createTag } = await ask<{ createTag: { tag: Row } }>(
      'mutation { createTag(input: { name: "urgente", color: "#DC2626" }) { tag { id name color } } }',
    );
    const tagIds = [createTag.tag.id];
    const project = await make('Project', { name: 'Centro', description: 'a\nb', tagIds });
    const pole = await make('Pole', { name: 'P1', projectId: project.id, ...at, tagIds });
    const box = await make('Box', { name: 'CTO 1', projectId: project.id, poleId: pole.id, ...at });
    const end = await make('Box', { name: 'CTO 2', ...at });
    const path = [
      [-47.06, -22.9],
      [-47.05, -22.9],
    ];
    const cable = await make('Cable', { name: 'F12', fromBoxId: box.id, toBoxId: end.id, path });
    const client = await make('Client', { name: 'Ana', boxId: box.id, port: 3, ...at });
    const { createPost } = await ask<{ createPost: { post: { id: string } } }>(
      'mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } } }',
      { input: { element: { kind: 'CABLE', id: cable.id }, title: 'Emenda', tagIds } },
    );
    const uses = await ask('query ($id: ID!) { tagUses(id: $id) }', { id: createTag.tag.id });
    expect(uses).toEqual({ tagUses: 3 });
    const read = await ask<Record<string, unknown>>(
      `query ($project: ID!, $pole: ID!, $box: ID!, $cable: ID!, $client: ID!, $post: ID!) {
        project(id: $project) { name description tags { name color } postCount createdBy { id name } }
        pole(id: $pole) { name lat lng licensingStatus project { name } tags { name } }
        box(id: $box) { name level type deploymentStatus pole { name } project { name } }
        cable(id: $cable) { type fiberCount path project { name } fromBox { name } toBox { name } postCount }
        client(id: $client) { name port status box { name } updatedBy { name } }
        post(id: $post) { title element { kind id name } tags { name } files { name } createdBy { id } }
        networkSummary { projects poles boxes cables clients posts files }
      }`,
      {
        project: project.id,
        pole: pole.id,
        box: box.id,
        cable: cable.id,
        client: client.id,
        post: createPost.post.id,
      },
    );
    const tags = [{ name: 'urgente', color: '#dc2626' }];
    expect(read).toEqual({
      project: {
        name: 'Centro',
        description: 'a\nb',
        tags,
        postCount: 0,
        createdBy: { id: me.id, name: 'Network technician 1' },
      },
      pole: {
        name: 'P1',
        ...at,
        licensingStatus: 'UNKNOWN',
        project: { name: 'Centro' },
        tags: [{ name: 'urgente' }],
      },
      box: {
        name: 'CTO 1',
        level: 1,
        type: 'SPLICE',
        deploymentStatus: 'PLANNED',
        pole: { name: 'P1' },
        project: { name: 'Centro' },
      },
      cable: {
        type: 'DISTRIBUTION',
        fiberCount: 12,
        path,
        project: null,
        fromBox: { name: 'CTO 1' },
        toBox: { name: 'CTO 2' },
        postCount: 1,
      },
      client: {
        name: 'Ana',
        port: 3,
        status: 'ACTIVE',
        box: { name: 'CTO 1' },
        updatedBy: { name: 'Network technician 1' },
      },
      post: {
        title: 'Emenda',
        element: { kind: 'CABLE', id: cable.id, name: 'F12' },
        tags: [{ name: 'urgente' }],
        files: [],
        createdBy: { id: me.id },
      },
      networkSummary: {
        projects: 1,
        poles: 1,
        boxes: 2,
        cables: 1,
        clients: 1,
        posts: 1,
        files: 0,
      },
    });
  });

  test('changes and goes by mutations', async () => {
    const project = await make('Project', { name: 'Short-lived' });
    const changed = await ask<{ updateProject: unknown }>(
      'mutation ($id: ID!) { updateProject(id: $id, input: { name: "Renamed" }) { project { id name } } }',
      { id: project.id },
    );
    expect(changed.updateProject).toEqual({ project: { id: project.id, name: 'Renamed' } });
    const gone = await ask<{ deleteProject: unknown }>(
      'mutation ($id: ID!) { deleteProject(id: $id) { id } }',
      { id: project.id },
    );
    expect(gone.deleteProject).toEqual({ id: project.id });
    expect(await ask('query ($id: ID!) { project(id: $id) { name } }', { id: project.id })).toEqual(
      {
        project: null,
      },
    );
  });
});

test('a page of many rows costs as many queries as a page of few', async () => {
  const project = await make('Project', { name: 'Counted' });
  const { server } = opened;
  const names = Array.from({ length: 120 }, (_, n) => `Counted ${String(n).padStart(3, '0')}`);
  await server.plant.pole.createMany({
    data: names.map((name) => ({ name, projectId: project.id, createdById: me.id, ...at })),
  });
  const query = `query ($first: Int!) { poles(first: $first, search: "Counted") {
    nodes { name project { name } tags { name } postCount createdBy { name } updatedBy { name } }
    pageInfo { hasNextPage endCursor } totalCount } }`;
  const count = async (first: number) => {
    const sent = vi.spyOn(server.pool, 'query');
    const answer = await ask<{ poles: { nodes: { project: Row }[]; totalCount: number } }>(query, {
      first,
    });
    const queries = sent.mock.calls.length;
    sent.mockRestore();
    expect(answer.poles.nodes).toHaveLength(first);
    expect(answer.poles.nodes.every((node) => node.project.name === 'Counted')).toBe(true);
    expect(answer.poles.totalCount).toBe(120);
    return queries;
  };
  const few = await count(2);
  expect(few).toBeLessThan(16);
  expect(await count(100)).toBe(few);
});

test('pages of a connection follow each other by their cursors', async () => {
  const seen: string[] = [];
  let after: string | null = null;
  for (let page = 0; page < 10; page++) {
    const answer: { poles: Pages } = await ask(
      `query ($after: String) { poles(first: 25, after: $after, search: "counted") {
        edges { cursor node { name } } pageInfo { hasNextPage endCursor } } }`,
      { after },
    );
    seen.push(...answer.poles.edges.map((edge) => edge.node.name));
    after = answer.poles.pageInfo.endCursor;
    if (!answer.poles.pageInfo.hasNextPage) break;
  }
  expect(seen).toHaveLength(120);
  expect(seen).toEqual([...seen].sort());
});

interface Pages {
  edges: { cursor: string; node: Row }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

test('an answer is of one plant, even when a swap comes in between', async () => {
  const { server } = opened;
  await make('Pole', { name: 'Only here', ...at });
  await emptyStage(server, 'plant_stage_1');
  const query =
    '{ poles(first: 1, search: "only here") { nodes { name tags { name } } } posts(first: 1) { totalCount } me { plantEpoch } }';
  const original = server.pool.query.bind(server.pool) as (...args: unknown[]) => unknown;
  let swapped = false;
  const sent = vi.spyOn(server.pool, 'query').mockImplementation((async (...args: unknown[]) => {
    const text = (args[0] as { text?: string }).text ?? '';
    if (text.includes('pole_tag') && !swapped) {
      swapped = true;
      await keepAccounts('plant_stage_1');
      await swapForTest(server, 'plant_stage_1', 'plant_prev_1');
    }
    return original(...args);
  }) as never);
  const answer = await ask<{ poles: unknown; me: { plantEpoch: string } }>(query);
  sent.mockRestore();
  expect(swapped).toBe(true);
  expect(answer.poles).toEqual({ nodes: [] });
  expect(answer.me.plantEpoch).toBe('2');
});

/** As a restore leaves them: people who are signed in stay so. */
async function keepAccounts(schema: string): Promise<void> {
  for (const table of ['role', 'user_account'])
    await opened.server.pool.query(`INSERT INTO ${schema}.${table} SELECT * FROM plant.${table}`);
}

describe('refusals come with code, hint and fields', () => {
  const create =
    'mutation ($input: CreatePoleInput!) { createPole(input: $input) { pole { id } } }';

  test('of a wrong field', async () => {
    const answer = await me.send(create, { input: { name: '\u0000', lat: 100, lng: 0 } });
    expect(answer.code).toBe('VALIDATION_FAILED');
    expect(answer.errors[0]?.extensions.fields.map((field) => field.path)).toEqual(['name', 'lat']);
  });

  test('of a page from before a swap, whose write is not made', async () => {
    const before = await opened.server.plant.pole.count();
    const input = { name: 'Late', ...at };
    const answer = await me.send(create, { input }, { 'x-plant-epoch': '999' });
    expect([answer.status, answer.code]).toEqual([409, 'PLANT_RESTORED_MEANWHILE']);
    expect(answer.errors[0]?.extensions.hint).toMatch(/Reload/);
    expect(await opened.server.plant.pole.count()).toBe(before);
  });

  test('of somebody who may only view, and of nobody', async () => {
    const looker = await opened.signedInAs('Monitor');
    const variables = { input: { name: 'x', ...at } };
    expect((await looker.send(create, variables)).code).toBe('FORBIDDEN');
    expect((await looker.send('{ poles(first: 1) { totalCount } }')).errors).toEqual([]);
    expect((await opened.anyone.send('{ poles(first: 1) { totalCount } }')).code).toBe(
      'UNAUTHENTICATED',
    );
  });
});
