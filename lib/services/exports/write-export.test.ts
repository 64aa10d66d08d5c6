import { mkdir, readdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesOf } from '#testing/exchange.ts';
import { emptyStage, networkPermits, refusalOf, swapForTest, testActor } from '#testing/network.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { createElement } from '../network/edit-element.ts';
import { createTag } from '../network/tags.ts';
import type { Server } from '../server.ts';
import { type FilterInput, readFilter } from './export-order.ts';
import { sweepExports } from './export-scratch.ts';
import { findProjectNamed } from './find-project.ts';
import { type ExportPermit, permitExport } from './permit-export.ts';
import { writeExport } from './write-export.ts';

let opened: TestServer;
let server: Server;
let may: ExportPermit;
const ids: Record<string, string> = {};

interface Feature {
  readonly geometry: { readonly coordinates: unknown } | null;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** The features of an export, by what `take` does with its bytes. */
async function exported(input: FilterInput = {}, meanwhile = async () => {}): Promise<Feature[]> {
  const order = { format: 'GEOJSON', filter: readFilter(input), locale: 'en' } as const;
  let text = '';
  await writeExport(server, may, order, new AbortController().signal, async (bytes) => {
    await meanwhile();
    text = (await bytesOf(bytes)).toString();
  });
  return JSON.parse(text).features;
}

const namesIn = (features: readonly Feature[]) => features.map(({ properties }) => properties.name);

beforeAll(async () => {
  opened = await openTestServer();
  server = opened.server;
  const { edit } = await networkPermits(server);
  may = await permitExport(server, testActor);
  const at = { lat: -3.1322, lng: -60.0217 };
  const make = async (kind: 'project' | 'pole' | 'box' | 'cable' | 'client', input: object) =>
    (await createElement(server, edit, null, kind, input)).id;
  ids.tag = (await createTag(server, edit, null, { name: 'urgente; hoje' })).id;
  ids.centro = await make('project', { name: 'Centro' });
  ids.norte = await make('project', { name: 'Norte', tagIds: [ids.tag] });
  const inCentro = { projectId: ids.centro };
  await make('pole', { name: 'P-2', ...at, ...inCentro, licensingStatus: 'LICENSED' });
  await make('pole', { name: 'P-1', ...at, ...inCentro, tagIds: [ids.tag], address: 'Rua Ção' });
  await make('pole', { name: 'P-3', ...at });
  ids.one = await make('box', { name: 'CTO 1', ...at, ...inCentro });
  ids.twinA = await make('box', { name: 'Cto Ã', ...at, externalId: 'EXT-A' });
  ids.twinB = await make('box', { name: 'CTO A', ...at });
  ids.twinC = await make('box', { name: 'cto a', ...at, externalId: 'cto 1' });
  const path = [
    [-60.1, -3.1],
    [-60.2, -3.2],
  ];
  ids.drop = await make('cable', { name: 'Drop', fromBoxId: ids.one, toBoxId: ids.twinA, path });
  for (const [name, boxId] of [
    ['Ana', ids.twinA],
    ['Bia', ids.twinB],
    ['Caio', ids.twinC],
    ['Davi', ids.one],
  ])
    await make('client', { name, boxId, ...at, dropId: name === 'Ana' ? ids.drop : null });
});
afterAll(() => opened[Symbol.asyncDispose]());

describe('an export', () => {
  test('has everything, each kind by project and name, with places and tags', async () => {
    const features = await exported();
    expect(namesIn(features)).toEqual([
      ...['Centro', 'Norte', 'P-1', 'P-2', 'P-3', 'CTO 1'],
      ...['Cto Ã', 'CTO A', 'cto a', 'Drop', 'Ana', 'Bia', 'Caio', 'Davi'].map((name) =>
        expect.stringMatching(new RegExp(`^${name}$`, 'i')),
      ),
    ]);
    expect(features[2]).toMatchObject({
      geometry: { type: 'Point', coordinates: [-60.0217, -3.1322] },
      properties: { project: 'Centro', tags: ['urgente; hoje'], licensingStatus: 'UNKNOWN' },
    });
    const cable = features.find(({ properties }) => properties.kind === 'cable');
    expect(cable?.geometry?.coordinates).toHaveLength(2);
  });

  test('refers by name, and where another has that name, by external id, else by id', async () => {
    const clients = await exported({ kinds: ['client'] });
    expect(clients.map(({ properties }) => properties.box)).toEqual([
      'EXT-A',
      ids.twinB,
      // Its external id is the name of another box.
      ids.twinC,
      'CTO 1',
    ]);
    expect(clients[0]?.properties.drop).toBe('Drop');
  });

  test.each([
    [{ projectId: 'centro' }, ['Centro', 'P-1', 'P-2', 'CTO 1']],
    [{ kinds: ['pole'], status: 'LICENSED' }, ['P-2']],
    [{ kinds: ['pole'], search: 'acao' }, []],
    [{ kinds: ['pole'], search: 'rua cao' }, ['P-1']],
    [{ tagId: 'tag' }, ['Norte', 'P-1']],
    [{ kinds: ['pole', 'project'], projectId: 'norte' }, ['Norte']],
    [{ projectId: "x'; --" }, []],
  ] as const)('is narrowed as lists are: %j', async (filter, names) => {
    const id = (name: string | undefined) => (name === undefined ? null : (ids[name] ?? name));
    const { projectId, tagId } = filter as FilterInput;
    const wanted = {
      ...filter,
      projectId: id(projectId ?? undefined),
      tagId: id(tagId ?? undefined),
    };
    expect(namesIn(await exported(wanted as FilterInput))).toEqual(names);
  });

  test('is written down: who took what, how much, and that it broke off', async () => {
    const [last] = await server.vault.auditEvent.findMany({
      where: { action: 'network.export' },
      orderBy: { id: 'desc' },
    });
    expect(last).toMatchObject({ outcome: 'DONE', actorName: testActor.name });
    await exported({ kinds: ['pole'], search: 'p-' });
    const stop = new AbortController();
    const order = { format: 'CSV', filter: readFilter({}), locale: 'en' } as const;
    const broken = writeExport(server, may, order, stop.signal, async () => {
      stop.abort(new Error('gone'));
      stop.signal.throwIfAborted();
    });
    await expect(broken).rejects.toThrow('gone');
    const [failed, done] = await server.vault.auditEvent.findMany({
      where: { action: 'network.export' },
      orderBy: { id: 'desc' },
    });
    expect(done?.detail).toEqual({
      format: 'GEOJSON',
      filter: { kinds: ['pole'], search: 'p-' },
      count: 3,
    });
    expect(failed).toMatchObject({ outcome: 'FAILED', detail: { count: 0, code: 'INTERNAL' } });
  });

  test('of a person is one of two at most, and one of four of all', async () => {
    const ends = [server.exports.begin('Ana'), server.exports.begin('Ana')];
    expect(() => server.exports.begin('Ana')).toThrow();
    ends.push(server.exports.begin('Bia'), server.exports.begin('Caio'));
    const refused = await refusalOf(exported());
    expect(refused).toMatchObject({ code: 'TOO_MANY', params: { max: 4 } });
    for (const end of ends) end();
    expect(await exported({ kinds: ['project'] })).toHaveLength(2);
  });
});

test('a project is found by its name, unless two have it', async () => {
  expect(await findProjectNamed(server, may, ' Centro')).toBe(ids.centro);
  expect((await refusalOf(findProjectNamed(server, may, 'Cen'))).code).toBe('NOT_FOUND');
  await server.plant.project.create({ data: { name: 'Centro', description: 'twin' } });
  expect((await refusalOf(findProjectNamed(server, may, 'Centro'))).code).toBe('CONFLICT');
  await server.plant.project.deleteMany({ where: { description: 'twin' } });
});

test('an export shows one instant, whatever is written or restored while it is read', async () => {
  const before = namesIn(await exported());
  await emptyStage(server, 'incoming');
  const meanwhile = async () => {
    await server.plant.pole.deleteMany();
    await swapForTest(server, 'incoming', 'kept');
  };
  expect(namesIn(await exported({}, meanwhile))).toEqual(before);
  expect(await exported()).toEqual([]);
});

test('what a killed process left of an export goes after a day, and nothing younger', async () => {
  const folder = path.join(server.config.dataDir, 'exports');
  await mkdir(path.join(folder, 'network-old'), { recursive: true });
  await mkdir(path.join(folder, 'network-new'));
  const twoDays = new Date(Date.now() - 48 * 60 * 60 * 1000);
  await utimes(path.join(folder, 'network-old'), twoDays, twoDays);
  await sweepExports(server);
  expect(await readdir(folder)).toEqual(['network-new']);
});
