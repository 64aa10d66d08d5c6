import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRunFile } from '#launcher/run-file.ts';
import { until } from '#testing/process-tree.ts';
import { type RunningServer, startRealServer } from '#testing/running-server.ts';

const WITHIN = 180_000;
/** This machine as well, but not where other requests of these tests come from. */
const PROXY = '127.0.0.2';

let folder: string;
let dataDir: string;
let server: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-web-'));
  await chmod(folder, 0o755);
  dataDir = path.join(folder, 'data');
  const unset = { DATABASE_URL: '', SERVER_KEY: '', PUBLIC_URL: '', ADMIN_EMAIL: '' };
  const set = { PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'trace', TRUSTED_PROXIES: PROXY };
  server = await startRealServer({ ...unset, ...set });
}, WITHIN);

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function database<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: (await readRunFile(dataDir))?.databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function health(): Promise<Response> {
  return fetch(`${server.url}/api/health`);
}

/** Sends a request as it is written here, and waits until the server has ended the connection. */
async function send(method: string, path: string, headers: http.OutgoingHttpHeaders = {}) {
  const { hostname, port } = new URL(server.url);
  const request = http.request({ hostname, port, method, path, agent: false, headers }).end();
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (!response) throw new Error('no answer');
  const body = await text(response);
  if (request.socket && !request.socket.closed) await once(request.socket, 'close');
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

/** Tries to sign in from `localAddress`; answers from where the audit log says that it was. */
async function auditedAddress(localAddress: string, sent: Record<string, string>): Promise<string> {
  const events = () =>
    database((client) =>
      client.query("SELECT id, address FROM vault.audit_event WHERE action = 'session.sign-in'"),
    );
  const before = new Set((await events()).rows.map(({ id }) => id));
  const headers = { 'content-type': 'application/json', ...sent };
  const request = http.request(`${server.url}/api/graphql`, {
    method: 'POST',
    agent: false,
    localAddress,
    headers,
  });
  const query =
    'mutation { signIn(email: "nobody@example.net", password: "wrong password") { __typename } }';
  request.end(JSON.stringify({ query }));
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (response) expect(await text(response)).toContain('SIGN_IN_FAILED');
  const added = (await events()).rows.filter(({ id }) => !before.has(id));
  expect(added).toHaveLength(1);
  return added[0].address;
}

/** A key of the first administrator's, who is made on the way. */
async function firstKey(): Promise<string> {
  const token = new URL(server.setUpUrl).searchParams.get('token') ?? '';
  let cookie = '';
  const send = async (query: string) => {
    const answer = await fetch(`${server.url}/api/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify({ query }),
    });
    cookie ||= answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    return answer.json();
  };
  await send(
    `mutation { setUpServer(token: "${token}", input: { name: "Ana", email: "ana@example.net",
       password: "correct horse battery staple" }) { __typename } }`,
  );
  const { data } = await send(
    'mutation { createApiKey(input: { name: "a", actions: ["backup.download"] }) { secret } }',
  );
  return data.createApiKey.secret;
}

describe('the web server', () => {
  test('gives every page its own nonce, and lets no other script or style run', async () => {
    const pages = await Promise.all([1, 2].map(() => fetch(`${server.url}/sign-in`)));
    const nonces = [];
    for (const page of pages) {
      expect(page.status).toBe(200);
      const policy = page.headers.get('content-security-policy') ?? '';
      const nonce = /script-src 'self' 'nonce-([^']+)' 'strict-dynamic';/.exec(policy)?.[1] ?? '';
      expect(nonce.length).toBeGreaterThanOrEqual(22);
      expect(policy).toContain(`style-src 'self' 'nonce-${nonce}';`);
      const html = await page.text();
      const scripts = html.match(/<script[^>]*>/g) ?? [];
      expect(scripts.length).toBeGreaterThan(0);
      for (const script of scripts) expect(script).toContain(`nonce="${nonce}"`);
      nonces.push(nonce);
    }
    expect(nonces[0]).not.toBe(nonces[1]);
  });

  test.each([
    ['x-content-type-options', 'nosniff'],
    ['referrer-policy', 'same-origin'],
    ['cross-origin-opener-policy', 'same-origin'],
  ])('sends %s: %s', async (name, value) => {
    for (const place of ['/sign-in', '/api/health', '/nowhere'])
      expect((await fetch(server.url + place)).headers.get(name)).toBe(value);
  });

  test.each(['x-fiberkeep-address', 'x-forwarded-for', 'x-real-ip', 'forwarded'])(
    'knows a client by its socket, whatever the client says of itself in %s',
    async (header) => {
      expect(await auditedAddress('127.0.0.1', { [header]: '203.0.113.7' })).toBe('127.0.0.1');
    },
  );

  test('takes the address of a client from a trusted proxy, not from the client', async () => {
    const said = { 'x-fiberkeep-address': '203.0.113.7', 'x-real-ip': '203.0.113.7' };
    const forwarded = { ...said, 'x-forwarded-for': '203.0.113.8, 203.0.113.9' };
    expect(await auditedAddress(PROXY, forwarded)).toBe('203.0.113.9');
    expect(await auditedAddress(PROXY, said)).toBe(PROXY);
  });

  test('refuses methods that nothing takes, and answers what the server takes', async () => {
    for (const [method, path] of [
      ['TRACE', '/sign-in'],
      ['PROPFIND', '/api/health'],
      ['DELETE', '/sign-in'],
      ['POST', '/backup'],
    ] as const) {
      const { status, headers, body } = await send(method, path);
      expect([method, status]).toEqual([method, 405]);
      expect(headers.allow).toMatch(/^GET, HEAD/);
      expect(JSON.parse(body)).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
    }
    expect(await send('OPTIONS', '*')).toMatchObject({
      status: 204,
      headers: { allow: 'GET, HEAD, POST, PATCH, DELETE, OPTIONS' },
    });
  });

  test('knows its addresses in the absolute form, and takes no other target', async () => {
    expect(await send('GET', 'http://elsewhere.example/api/health')).toMatchObject({ status: 200 });
    expect(await send('GET', 'nonsense')).toMatchObject({ status: 400 });
    expect(await send('GET', '*')).toMatchObject({ status: 404 });
  });

  test('leaves no connection open that asks for an upgrade and falls silent', async () => {
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket' };
    for (const path of ['/', '/api/health', '/_next/webpack-hmr'])
      expect((await send('GET', path, upgrade)).status).toBeLessThan(500);
  });

  test('answers errors of byte routes as problem details', async () => {
    const answer = await fetch(`${server.url}/api/files/00000000-0000-7000-8000-000000000000`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      detail: expect.stringMatching(/\w+\.$/),
      code: 'UNAUTHENTICATED',
    });
  });

  test.each(['/api/nope', '/api/backups/automatic/latest/x', '/api/graphql/nope', '/api/%2e'])(
    'answers %s, where there is nothing, with problem details and no page',
    async (path) => {
      const answer = await fetch(server.url + path);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(await answer.json()).toMatchObject({
        code: 'NOT_FOUND',
        hint: expect.stringContaining('docs/api.md'),
      });
    },
  );

  describe('with an API key', () => {
    let secret: string;
    beforeAll(async () => {
      secret = await firstKey();
    });

    const ask = (path: string, init: RequestInit = {}) =>
      fetch(server.url + path, { redirect: 'manual', ...init });
    const withKey = () => ({ authorization: `Bearer ${secret}` });

    test('opens the API and no page', async () => {
      const query = JSON.stringify({ query: '{ me { actions } }' });
      const headers = { 'content-type': 'application/json', ...withKey() };
      const answer = await ask('/api/graphql', { method: 'POST', headers, body: query });
      expect(await answer.json()).toEqual({ data: { me: { actions: ['backup.download'] } } });
      for (const page of ['/', '/backup', '/settings', '/users']) {
        const { status, headers: shown } = await ask(page, { headers: withKey() });
        expect([status, shown.get('location')]).toEqual([307, expect.stringMatching(/^\/sign-in/)]);
      }
    });

    test('in the address refuses the request, at every route and however it is encoded', async () => {
      const escaped = [...secret].map((char) => `%${char.charCodeAt(0).toString(16)}`).join('');
      for (const key of [secret, escaped, secret.replace('_', '%5F'), `x${secret}y`])
        for (const path of [
          `/api/backups/latest/archive?key=${key}`,
          `/api/files/${key}`,
          `/api/uploads/${key}`,
          `/api/graphql?access_token=${key}`,
          `/api/health?${key}`,
          `/backup?key=${key}`,
          `/${key}`,
        ]) {
          const answer = await ask(path, { headers: withKey() });
          expect([path, answer.status]).toEqual([path, 400]);
          expect(await answer.text()).not.toContain(secret.slice(4));
          expect(answer.headers.get('location')).toBe(null);
        }
    });

    test('never logs it', async () => {
      const post = (headers: Record<string, string>, body: string) =>
        ask('/api/graphql', {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body,
        });
      await post(withKey(), `{ "query": "${secret}" `);
      await post(withKey(), JSON.stringify({ query: `{ ${secret.replaceAll('-', '_')} }` }));
      await post(withKey(), JSON.stringify({ query: `{ backup(id: "${secret}") { id } }` }));
      await post({ authorization: secret }, '{}');
      await post({ 'x-plant-epoch': secret, ...withKey() }, '{}');
      for (const path of ['/api/files/1', '/api/backups/1/archive', '/api/uploads/1', '/nowhere'])
        await ask(path, { headers: { ...withKey(), cookie: `fiberkeep_session=${secret}` } });
      expect(server.said()).not.toContain(secret.slice(4));
    });
  });

  test('is not healthy while a migration is missing', async () => {
    expect((await health()).status).toBe(200);
    const undo = await database(async (client) => {
      const { rows } = await client.query(
        'DELETE FROM plant._prisma_migrations RETURNING id, checksum, migration_name, finished_at',
      );
      return rows;
    });
    const answer = await health();
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({
      status: 'unavailable',
      reasons: [`The plant lacks ${undo.length} migrations.`],
    });
    await database(async (client) => {
      for (const { id, checksum, migration_name, finished_at } of undo)
        await client.query(
          `INSERT INTO plant._prisma_migrations (id, checksum, migration_name, finished_at)
           VALUES ($1, $2, $3, $4)`,
          [id, checksum, migration_name, finished_at],
        );
    });
    expect((await health()).status).toBe(200);
  });

  test('is not healthy, and does not hang, while the database does not answer', async () => {
    await database(async (client) => {
      await client.query('BEGIN; LOCK TABLE vault._prisma_migrations IN ACCESS EXCLUSIVE MODE');
      const answer = await health();
      expect(answer.status).toBe(503);
      expect(await answer.json()).toEqual({
        status: 'unavailable',
        reasons: ['The database does not answer.'],
      });
      await client.query('ROLLBACK');
    });
    await until(async () => (await health()).ok);
  });
});
