import { createHash } from 'node:crypto';
import jpeg from 'jpeg-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyIn } from '#engine/postgres/copy-in.ts';
import { listTables } from '#engine/postgres/introspect.ts';
import type { Server } from '#services/server.ts';
import { refusalOf } from '#testing/network.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { inTransaction } from '#vault/transaction.ts';
import { sampleIds } from './ids.ts';
import { generateSample, type LoadedSample, type SampleRequest } from './index.ts';
import { samplePlans, streetOf } from './streets.ts';

const requestFor = (server: Server, changes: Partial<SampleRequest> = {}): SampleRequest => ({
  connect: server.connect,
  copyIn,
  inTransaction,
  schema: 'plant',
  files: server.files,
  size: 'small',
  createdById: null,
  report: () => {},
  signal: new AbortController().signal,
  ...changes,
});

/** SHA-256 over every row of the plant, table by table, in physical order. */
async function digestOf(server: Server): Promise<Record<string, string>> {
  const client = await server.connect();
  const digests: Record<string, string> = {};
  try {
    for (const { name } of await listTables(client, 'plant')) {
      const rows = await client.query(`SELECT t::text AS row FROM plant."${name}" AS t`);
      const text = rows.rows.map((row) => `${row.row}\n`).join('');
      digests[name] = createHash('sha256').update(text).digest('hex');
    }
  } finally {
    await client.end();
  }
  return digests;
}

let opened: TestServer;
let server: Server;
let loaded: LoadedSample;

beforeAll(async () => {
  opened = await openTestServer();
  server = opened.server;
  loaded = await generateSample(requestFor(server));
});
afterAll(() => opened[Symbol.asyncDispose]());

describe('a sample', () => {
  test('is the same every time, rows and photos', async () => {
    await using other = await openTestServer();
    expect(await generateSample(requestFor(other.server))).toEqual(loaded);
    expect(await digestOf(other.server)).toEqual(await digestOf(server));
  });

  test('of the small size has about two thousand rows, a few projects and photos of their own', async () => {
    expect(loaded.rows).toBeGreaterThan(1_500);
    expect(loaded.rows).toBeLessThan(2_500);
    expect(loaded.files).toBe(24);
    expect(await server.plant.project.count()).toBe(3);
    const tables = ['project', 'pole', 'box', 'cable', 'client', 'post', 'post_file', 'tag'];
    for (const table of [
      ...tables,
      'stored_file',
      'pole_tag',
      'box_tag',
      'client_tag',
      'post_tag',
    ]) {
      const found = await server.pool.query(`SELECT count(*)::int AS count FROM plant.${table}`);
      expect(found.rows[0].count, table).toBeGreaterThan(0);
    }
  });

  test('has photos that are JPEGs of 30 to 120 KB, stored under their digests', async () => {
    for (const { sha256, bytes } of await server.plant.storedFile.findMany()) {
      const pieces = [];
      for await (const piece of server.files.read(sha256)) pieces.push(piece);
      const photo = Buffer.concat(pieces);
      expect(createHash('sha256').update(photo).digest('hex')).toBe(sha256);
      expect(BigInt(photo.length)).toBe(bytes);
      expect(photo.length).toBeGreaterThan(30_000);
      expect(photo.length).toBeLessThan(120_000);
      expect(jpeg.decode(photo)).toMatchObject({ width: 448, height: 336 });
    }
  });

  test('has poles 30 to 40 meters apart and cables along them', async () => {
    const cables = await server.plant.cable.findMany({ where: { type: 'DISTRIBUTION' } });
    for (const { path, lengthMeters } of cables) {
      const positions = path as [number, number][];
      const spans = positions.slice(1).map(([lng, lat], at) => {
        const [fromLng, fromLat] = positions[at] ?? [0, 0];
        const east = (lng - fromLng) * Math.cos((lat * Math.PI) / 180);
        return Math.hypot(east, lat - fromLat) * 111_320;
      });
      for (const span of spans) expect(Math.abs(span - 35)).toBeLessThan(5);
      expect(spans.reduce((sum, span) => sum + span, 0)).toBeCloseTo(lengthMeters, 0);
    }
  });

  test('does not go into a plant that has anything on it', async () => {
    const error = await refusalOf(generateSample(requestFor(server)));
    expect(error.code).toBe('CONFLICT');
    await using other = await openTestServer();
    await other.server.plant.pole.create({ data: { name: 'Lonely', lat: 0, lng: 0 } });
    const second = await refusalOf(generateSample(requestFor(other.server)));
    expect(second.code).toBe('CONFLICT');
    expect(await other.server.plant.pole.count()).toBe(1);
  });

  test('loaded twice at once is there once', async () => {
    await using other = await openTestServer();
    const both = [1, 2].map(() => generateSample(requestFor(other.server)));
    const outcomes = (await Promise.allSettled(both)).map((one) => one.status).sort();
    expect(outcomes).toEqual(['fulfilled', 'rejected']);
    expect(await other.server.plant.project.count()).toBe(3);
  });

  test('cancelled in the middle leaves no row', async () => {
    await using other = await openTestServer();
    const abort = new AbortController();
    const report = (_phase: string, done: number, total: number) => {
      if (done > total / 2) abort.abort(new Error('called off'));
    };
    const request = requestFor(other.server, { report, signal: abort.signal });
    await expect(generateSample(request)).rejects.toThrow('called off');
    expect(await other.server.plant.project.count()).toBe(0);
    expect(await other.server.plant.tag.count()).toBe(0);
  });

  test('takes tags that have its names already as they are', async () => {
    await using other = await openTestServer();
    const mine = await other.server.plant.tag.create({ data: { name: 'Urgênte' } });
    await generateSample(requestFor(other.server));
    expect(await other.server.plant.tag.findUnique({ where: { id: mine.id } })).toEqual(mine);
    expect(await other.server.plant.poleTag.count({ where: { tagId: mine.id } })).toBeGreaterThan(
      0,
    );
  });

  test('reports progress that only rises, to its end', async () => {
    await using other = await openTestServer();
    const seen: number[] = [];
    const totals = new Set<number>();
    const report = (_phase: string, done: number, total: number) => {
      seen.push(done);
      totals.add(total);
    };
    await generateSample(requestFor(other.server, { report }));
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect([...totals]).toEqual([seen.at(-1)]);
  });
});

test('ids of the largest sample are UUIDv7 in form, unlike each other, and posts’ rise with their street', () => {
  const plan = samplePlans.region;
  const ids = sampleIds(plan);
  const seen = new Set<string>();
  for (let street = 0; street < 22_800; street += 19)
    for (const kind of ['pole', 'client', 'post'] as const)
      for (const at of [0, 1, 31, 32, 223]) seen.add(ids.id(kind, street, at));
  expect(seen.size).toBe(1200 * 15);
  for (const id of seen)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const posts = Array.from({ length: 22_800 }, (_, street) => ids.id('post', street, 0));
  expect(posts).toEqual([...posts].sort());
});

test('a street is the same however often it is asked for, and no two have the same code', () => {
  const plan = samplePlans.city;
  expect(streetOf(plan, 77)).toEqual(streetOf(plan, 77));
  const codes = Array.from({ length: 768 }, (_, index) => streetOf(plan, index).code);
  expect(new Set(codes).size).toBe(768);
});
