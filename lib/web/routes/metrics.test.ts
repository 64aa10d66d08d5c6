import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { networks } from '#config';
import { openTestWeb, type TestWeb } from '#testing/byte-routes.ts';
import { catalogued } from '#testing/catalogue.ts';
import { isFromHere } from './metrics.ts';

const AT = new Date('2026-11-22T05:00:00.000Z');

let web: TestWeb;
beforeAll(async () => {
  web = await openTestWeb();
});
afterAll(() => web[Symbol.asyncDispose]());

const scrape = (headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${web.url}/api/metrics`, { headers, method });

async function samples(): Promise<Map<string, number>> {
  const lines = (await (await scrape()).text()).split('\n');
  return new Map(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
  );
}

describe('the metrics', () => {
  test('are OpenMetrics: typed and helped families, and an end', async () => {
    const answer = await scrape();
    expect(answer.headers.get('content-type')).toMatch(
      /^application\/openmetrics-text; *version=1\.0\.0/,
    );
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const text = await answer.text();
    expect(text.endsWith('# EOF\n')).toBe(true);
    const named = [...text.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name]) => name);
    const sampled = [...text.matchAll(/^([a-z_]+)[{ ]/gm)].map(([, name]) => name);
    expect(new Set(sampled)).toEqual(new Set(named));
    expect(text).toMatch(/^fiberkeep_build_info\{version="\d+\.\d+\.\d+"\} 1$/m);
  });

  test('say when the last backup was made and tested, once there is one', async () => {
    const before = await samples();
    expect(before.has('fiberkeep_last_success_timestamp_seconds')).toBe(false);
    expect(before.get('fiberkeep_backups{kind="automatic",tested="true"}')).toBe(0);
    expect(before.get('fiberkeep_problem{code="no_backup"}')).toBe(1);
    await catalogued(web.server, { createdAt: AT, testedAt: AT, restoreSeconds: 12.5 });
    const after = await samples();
    for (const name of ['success', 'automatic_success', 'tested', 'restore_test'])
      expect(after.get(`fiberkeep_last_${name}_timestamp_seconds`), name).toBe(AT.getTime() / 1000);
    expect(after.get('fiberkeep_restore_seconds')).toBe(12.5);
    expect(after.get('fiberkeep_backups{kind="automatic",tested="true"}')).toBe(1);
    expect(after.get('fiberkeep_problem{code="no_backup"}')).toBe(0);
  });

  test('count nights and jobs, and say what is free', async () => {
    const found = await samples();
    expect(found.get('fiberkeep_nights{status="failed"}')).toBe(0);
    expect(found.get('fiberkeep_jobs{status="queued"}')).toBe(0);
    expect(found.get('fiberkeep_disk_free_bytes')).toBeGreaterThan(0);
    expect(found.get('fiberkeep_store_bytes{of="database"}')).toBeGreaterThan(0);
    expect(found.get('fiberkeep_overdue')).toBe(0);
  });

  test('have a HEAD of the same length, and no other methods', async () => {
    const head = await scrape({}, 'HEAD');
    expect(head.status).toBe(200);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(1_000);
    expect(await head.text()).toBe('');
    expect((await scrape({}, 'POST')).status).toBe(405);
  });
});

describe('who asks for metrics', () => {
  test('from this machine, directly, needs nothing', async () => {
    expect((await scrape()).status).toBe(200);
  });

  test.each(['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'])(
    'through a proxy (%s) must say who they are, and may view backups',
    async (header) => {
      const proxied = { [header]: '203.0.113.9' };
      const refused = await scrape(proxied);
      expect(refused.status).toBe(401);
      expect(await refused.json()).toMatchObject({ code: 'UNAUTHENTICATED' });
      const seller = await web.signedIn(['network.view']);
      expect((await scrape({ ...proxied, ...seller })).status).toBe(403);
      const viewer = await web.signedIn(['backup.view']);
      expect((await scrape({ ...proxied, ...viewer })).status).toBe(200);
    },
  );

  describe('through a trusted proxy', () => {
    const proxied = { 'x-forwarded-for': '203.0.113.9' };
    beforeAll(() => {
      Object.assign(web.server.config, { trustedProxies: networks(['127.0.0.1']) });
    });
    afterAll(() => {
      Object.assign(web.server.config, { trustedProxies: networks([]) });
    });

    test('takes a key or session, whatever address the proxy names', async () => {
      for (const named of ['203.0.113.9', '127.0.0.1', '::1', 'unknown', ''])
        expect([named, (await scrape({ 'x-forwarded-for': named })).status]).toEqual([named, 401]);
      const viewer = await web.signedIn(['backup.view']);
      expect((await scrape({ ...proxied, ...viewer })).status).toBe(200);
    });

    test('counts by the address of the client, not of the proxy', async () => {
      const key = await web.withKey(['backup.view']);
      expect((await scrape({ ...proxied, ...key })).status).toBe(200);
      const [used] = await web.server.vault.apiKey.findMany({
        where: { NOT: { lastUsedAt: null } },
      });
      expect(used).toMatchObject({ lastUsedFrom: '203.0.113.9' });
    });
  });

  test.each([
    ...['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'].map((from) => [from, true] as const),
    ...['192.0.2.9', '::ffff:10.0.0.1', '128.0.0.1', '::12', 'fe80::1', '127.evil', ''].map(
      (from) => [from, false] as const,
    ),
  ])('from %j counts as this machine: %s', (address, expected) => {
    expect(isFromHere(address, { host: 'localhost:3000' })).toBe(expected);
  });

  // A name that somebody else's server gives this address, as a page in a browser here may ask for.
  test.each([
    ...['localhost', 'localhost:3000', '127.0.0.1:3000', '[::1]:3000', '192.0.2.7'].map(
      (host) => [host, true] as const,
    ),
    ...[
      'evil.example',
      'evil.example:3000',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '',
    ].map((host) => [host, false] as const),
  ])('asked as %j of this machine: %s', (host, expected) => {
    expect(isFromHere('127.0.0.1', { host })).toBe(expected);
  });
});
