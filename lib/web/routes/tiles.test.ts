import http from 'node:http';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestWeb, type TestWeb } from '#testing/byte-routes.ts';
import { emptyStage, swapForTest } from '#testing/network.ts';

interface Place {
  readonly lng: number;
  readonly lat: number;
}

const MANAUS = { lng: -60.0217, lat: -3.1322 };
const EDGES = [
  { lng: 180, lat: 90 },
  { lng: -180, lat: -90 },
  { lng: 0, lat: 0 },
];

let web: TestWeb;
let me: Record<string, string>;
let projectId: string;

beforeAll(async () => {
  web = await openTestWeb();
  me = await web.signedIn(['network.view']);
  const { plant } = web.server;
  projectId = (await plant.project.create({ data: { name: 'Centro' } })).id;
  await plant.pole.create({
    data: { name: 'P-1 <b>', ...MANAUS, projectId, type: 'Concrete', licensingStatus: 'LICENSED' },
  });
  await plant.box.create({ data: { name: 'CTO-1', ...MANAUS, deploymentStatus: 'DEPLOYED' } });
  await plant.client.create({ data: { name: 'Ana', ...east(MANAUS, 0.0001), plan: '300 Mbit/s' } });
  for (const place of EDGES) await plant.pole.create({ data: { name: 'edge', ...place } });
});
afterAll(() => web[Symbol.asyncDispose]());

const east = ({ lng, lat }: Place, degrees: number) => ({ lng: lng + degrees, lat });

/** The address of the tile around a place. */
function addressOf({ lng, lat }: Place, z: number): string {
  const sine = Math.sin((lat * Math.PI) / 180);
  const x = Math.floor(((lng + 180) / 360) * 2 ** z);
  const y = Math.floor((0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * 2 ** z);
  return `${z}/${x}/${y}`;
}

const get = (tile: string, headers: Record<string, string> = {}) =>
  fetch(`${web.url}/api/tiles/${tile}.mvt`, { headers: { ...me, ...headers } });

async function decoded(tile: string): Promise<VectorTile> {
  const answer = await get(tile);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/vnd.mapbox-vector-tile');
  return new VectorTile(new PbfReader(new Uint8Array(await answer.arrayBuffer())));
}

/** The features of a layer as GeoJSON. */
async function featuresOf(tile: string, layer: string) {
  const [z = 0, x = 0, y = 0] = tile.split('/').map(Number);
  const found = (await decoded(tile)).layers[layer];
  return Array.from({ length: found?.length ?? 0 }, (_, at) =>
    found?.feature(at).toGeoJSON(x, y, z),
  );
}

async function addCable(name: string, path: unknown, lengthMeters = 0): Promise<void> {
  await web.server.pool.query(
    `INSERT INTO plant.cable (id, name, path, length_meters) VALUES (gen_random_uuid(), $1, $2, $3)`,
    [name, JSON.stringify(path), lengthMeters],
  );
}

describe('a tile', () => {
  test.each([14, 15, 16])('of zoom %i has the elements where they stand', async (z) => {
    const tile = addressOf(MANAUS, z);
    const [pole] = await featuresOf(tile, 'poles');
    expect(pole?.properties).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'P-1 <b>',
      project: projectId,
      type: 'Concrete',
      status: 'LICENSED',
    });
    const [box] = await featuresOf(tile, 'boxes');
    const [client] = await featuresOf(tile, 'clients');
    expect([box?.properties?.status, client?.properties?.type]).toEqual(['DEPLOYED', '300 Mbit/s']);
    expect(pole?.geometry).toMatchObject({ type: 'Point', coordinates: near(MANAUS) });
    expect(client?.geometry).toMatchObject({ coordinates: near(east(MANAUS, 0.0001)) });
  });

  test('has nothing of what lies elsewhere', async () => {
    const away = addressOf(east(MANAUS, 0.1), 15);
    expect((await decoded(away)).layers).toEqual({});
  });

  test('shows a cable that only passes through it, cut at its edges', async () => {
    const from = east(MANAUS, -0.05);
    const to = east(MANAUS, 0.05);
    await addCable('Backbone', [
      [from.lng, from.lat],
      [to.lng, to.lat],
    ]);
    const [cable] = await featuresOf(addressOf(MANAUS, 16), 'cables');
    expect(cable?.properties).toMatchObject({ name: 'Backbone', type: 'DISTRIBUTION' });
    const { coordinates = [] } = (cable?.geometry ?? {}) as { coordinates?: [number, number][] };
    expect(coordinates).toHaveLength(2);
    for (const [lng, lat] of coordinates) {
      expect(Math.abs(lng - MANAUS.lng)).toBeLessThan(0.006);
      expect(lat).toBeCloseTo(MANAUS.lat, 4);
    }
  });

  test('shows the middle of a cable whose ends lie side by side', async () => {
    const far = { lng: MANAUS.lng, lat: MANAUS.lat + 0.02 };
    await addCable(
      'Loop',
      [
        [MANAUS.lng, MANAUS.lat],
        [far.lng, far.lat],
        [MANAUS.lng + 0.0001, MANAUS.lat],
      ],
      4_600,
    );
    const names = (await featuresOf(addressOf(far, 16), 'cables')).map(
      (cable) => cable?.properties?.name,
    );
    expect(names).toEqual(['Loop']);
  });

  test.each([
    [[]],
    [[1, 2]],
    [
      [
        [1e300, 1],
        [1, 1],
      ],
    ],
    [[[1e-300, 1], [1, 1], [null, 'x'], [], {}]],
    [
      [
        [181, 91],
        [0, 0],
      ],
    ],
    [['a', { b: 1 }]],
    [[[0, 0]]],
  ])('is made whatever a path holds: %j', async (path) => {
    await addCable('hostile', path);
    await decoded(addressOf({ lng: 0.9, lat: 0.9 }, 14));
  });

  test('is not sent again to whom has it, and is compressed for whom takes that', async () => {
    const tile = addressOf(MANAUS, 14);
    const names = Array.from({ length: 40 }, (_, n) => ({ name: `Client ${n}`, ...MANAUS }));
    await web.server.plant.client.createMany({ data: names });
    const first = await rawGet(tile, {});
    const zipped = await rawGet(tile, { 'accept-encoding': 'gzip, br' });
    expect(first.headers).toMatchObject({ 'cache-control': 'private, no-cache' });
    expect([first.headers['content-encoding'], zipped.headers['content-encoding']]).toEqual([
      undefined,
      'gzip',
    ]);
    expect(zipped.bytes).toBeLessThan(first.bytes);
    const etag = first.headers.etag ?? '';
    expect((await get(tile, { 'if-none-match': etag })).status).toBe(304);
    await web.server.plant.client.deleteMany({ where: { name: 'Client 7' } });
    expect((await get(tile, { 'if-none-match': etag })).status).toBe(200);
  });
});

/** What goes over the wire: `fetch` unpacks. */
function rawGet(tile: string, headers: Record<string, string>) {
  return new Promise<{ headers: http.IncomingHttpHeaders; bytes: number }>((resolve, reject) => {
    const sent = { headers: { ...me, ...headers } };
    http
      .get(`${web.url}/api/tiles/${tile}.mvt`, sent, async (answer) => {
        let bytes = 0;
        for await (const piece of answer) bytes += piece.length;
        resolve({ headers: answer.headers, bytes });
      })
      .on('error', reject);
  });
}

function near({ lng, lat }: Place) {
  return [expect.closeTo(lng, 4), expect.closeTo(lat, 4)];
}

describe('counts', () => {
  /** The sums of the counts of all tiles of a zoom, going down from the whole earth. */
  async function counted(z: number, tile = '0/0/0'): Promise<number> {
    const cells = await featuresOf(tile, 'cells');
    const here = cells.reduce((sum, cell) => sum + Number(cell?.properties?.total), 0);
    const [level = 0, x = 0, y = 0] = tile.split('/').map(Number);
    if (level === z || here === 0) return here;
    let sum = 0;
    for (const [right, down] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const)
      sum += await counted(z, `${level + 1}/${2 * x + right}/${2 * y + down}`);
    return sum;
  }

  const placed = async () => {
    const { rows } = await web.server.pool.query<{ n: number }>(
      `SELECT ((SELECT count(*) FROM plant.pole) + (SELECT count(*) FROM plant.box)
             + (SELECT count(*) FROM plant.client)
             + (SELECT count(*) FROM plant.cable WHERE name <> 'hostile'))::int AS n`,
    );
    return rows[0]?.n ?? 0;
  };

  test('of every zoom add up to all elements that have a place, those at its edges too', async () => {
    await web.server.pool.query("DELETE FROM plant.cable WHERE name = 'hostile'");
    await expect.poll(() => counted(0), { timeout: 60_000 }).toBe(await placed());
    for (const z of [1, 6, 9]) expect(await counted(z)).toBe(await placed());
  });

  test('stand in the middle of what they count, by kind', async () => {
    const cells = await featuresOf(addressOf(MANAUS, 9), 'cells');
    const here = cells.find((cell) => Number(cell?.properties?.boxes) === 1);
    expect(here?.properties).toMatchObject({ poles: 1, boxes: 1 });
    expect(here?.geometry).toMatchObject({
      coordinates: [expect.closeTo(MANAUS.lng, 3), expect.closeTo(MANAUS.lat, 3)],
    });
  });

  test('give way to the elements of a tile that has few', async () => {
    const tile = addressOf(MANAUS, 13);
    const kinds = async () => Object.keys((await decoded(tile)).layers).sort();
    expect(await kinds()).toEqual(['boxes', 'cables', 'clients', 'poles']);
    const client = await web.server.connect();
    await client.query(
      `INSERT INTO plant.client (id, name, lat, lng)
         SELECT gen_random_uuid(), 'crowd', $1, $2 FROM generate_series(1, 1500)`,
      [MANAUS.lat, MANAUS.lng],
    );
    await client.end();
    await expect.poll(kinds, { timeout: 60_000 }).toEqual(['cells']);
    await web.server.plant.client.deleteMany({ where: { name: 'crowd' } });
  });

  test('change when the network does', async () => {
    await expect.poll(() => counted(0), { timeout: 60_000 }).toBe(await placed());
    const before = await placed();
    const client = await web.server.connect();
    await client.query(
      "INSERT INTO plant.pole (id, name, lat, lng) VALUES (gen_random_uuid(), 'new', 1, 1)",
    );
    await client.end();
    await expect.poll(() => counted(0), { timeout: 60_000 }).toBe(before + 1);
  });
});

test('the description says where the network lies', async () => {
  const answer = await fetch(`${web.url}/api/tiles/network.json`, { headers: me });
  expect(await answer.json()).toMatchObject({
    tilejson: '3.0.0',
    tiles: ['/api/tiles/{z}/{x}/{y}.mvt'],
    maxzoom: 16,
    bounds: [-180, -90, 180, 90],
  });
});

describe('refused', () => {
  test.each([
    ['15/1/1', { cookie: '' }, 401, 'UNAUTHENTICATED'],
    ['15/1/32768', {}, 404, 'NOT_FOUND'],
    ['17/1/1', {}, 404, 'NOT_FOUND'],
    ['0/1/0', {}, 404, 'NOT_FOUND'],
    ['99999999/0/0', {}, 404, 'NOT_FOUND'],
    ['-1/0/0', {}, 400, 'BAD_REQUEST'],
    ['1.5/0/0', {}, 400, 'BAD_REQUEST'],
    ['1e1/0/0', {}, 400, 'BAD_REQUEST'],
    ['1//0', {}, 400, 'BAD_REQUEST'],
    ["1/0/0';--", {}, 400, 'BAD_REQUEST'],
    ['a%2fb/0/0', {}, 400, 'BAD_REQUEST'],
    ['123456789/0/0', {}, 400, 'BAD_REQUEST'],
  ])('%s with %j is %i', async (tile, headers, status, code) => {
    const answer = await get(tile, headers);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ code });
  });

  test('to whom may not see the network', async () => {
    const other = await web.signedIn(['backup.view']);
    for (const address of ['0/0/0.mvt', 'network.json']) {
      const answer = await fetch(`${web.url}/api/tiles/${address}`, { headers: other });
      expect([answer.status, (await answer.json()).code]).toEqual([403, 'FORBIDDEN']);
    }
  });
});

test('after a swap the map is that of the other plant', async () => {
  await emptyStage(web.server, 'incoming');
  await swapForTest(web.server, 'incoming', 'kept');
  const again = await web.signedIn(['network.view']);
  const answer = await get(addressOf(MANAUS, 14), again);
  expect((await answer.arrayBuffer()).byteLength).toBe(0);
  const described = await fetch(`${web.url}/api/tiles/network.json`, { headers: again });
  expect(await described.json()).not.toHaveProperty('bounds');
});
