import { once } from 'node:events';
import http from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { identify } from '#services/accounts/identify.ts';
import { type FilterInput, idOfOrder, readFilter } from '#services/exports/export-order.ts';
import type { Caller } from '#services/permit.ts';
import { openTestWeb, type TestWeb } from '#testing/byte-routes.ts';
import { until } from '#testing/process-tree.ts';
import { hashToken, revokeSessionsOf } from '#vault/sessions.ts';

let web: TestWeb;
let me: Headers;

type Headers = Record<string, string>;

beforeAll(async () => {
  web = await openTestWeb();
  me = await web.signedIn(['network.view', 'network.export']);
  await web.server.pool.query(
    `INSERT INTO plant.pole (id, name, lat, lng, observation)
     SELECT gen_random_uuid(), 'P-' || n, 1, 2, repeat('x', 10000) FROM generate_series(1, 4000) AS n`,
  );
});
afterAll(() => web[Symbol.asyncDispose]());

/** The address of an export that this person has asked for. */
async function addressFor(headers: Headers, filter: FilterInput, lifeMs = 60_000): Promise<string> {
  const actor = (await identify(web.server, headers, '')) as Caller;
  const order = { format: 'CSV', filter: readFilter(filter), locale: 'en' } as const;
  return `${web.url}/api/exports/${idOfOrder(web.server.keys, actor, order, Date.now() + lifeMs)}`;
}

test('a file comes under its name, and HEAD has the same headers', async () => {
  const url = await addressFor(me, { kinds: ['pole'], search: 'p-17' });
  const answer = await fetch(url, { headers: me });
  expect(answer.status).toBe(200);
  expect((await answer.text()).trimEnd().split('\r\n')).toHaveLength(1 + 111);
  const head = await fetch(url, { method: 'HEAD', headers: me });
  for (const { headers } of [answer, head]) {
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(headers.get('content-disposition')).toMatch(/filename="pole-\d{4}-\d\d-\d\d\.csv"/);
    expect(headers.get('cache-control')).toBe('no-store');
  }
});

test('an address is good for one person, for a time, unaltered', async () => {
  const url = await addressFor(me, {});
  const other = await web.signedIn();
  const expired = await addressFor(me, {}, -1);
  for (const [address, headers] of [
    [url, other],
    [expired, me],
    [`${url.slice(0, -4)}AAAA`, me],
    [`${web.url}/api/exports/nothing`, me],
  ] as const) {
    const answer = await fetch(address, { headers });
    expect([answer.status, (await answer.json()).code]).toEqual([404, 'NOT_FOUND']);
  }
  expect((await fetch(url, { method: 'POST', headers: me })).status).toBe(405);
});

test.each([['network.view'], ['network.export']])('it takes more than %s', async (action) => {
  const lacking = await web.signedIn([action]);
  const answer = await fetch(await addressFor(lacking, {}), { headers: lacking });
  expect([answer.status, (await answer.json()).code]).toEqual([403, 'FORBIDDEN']);
});

test('a file breaks off, and does not end, when its reader may no longer have it', async () => {
  const mine = await web.signedIn(['network.view', 'network.export']);
  const request = http.get(await addressFor(mine, { kinds: ['pole'] }), { headers: mine });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const { cookie = '' } = mine;
  const tokenHash = hashToken(cookie.slice(cookie.indexOf('=') + 1));
  const { userId } = await web.server.vault.session.findUniqueOrThrow({ where: { tokenHash } });
  await revokeSessionsOf(web.server.vault, userId);
  const written = () =>
    web.server.vault.auditEvent.findFirst({
      where: { action: 'network.export', actorId: userId, outcome: 'FAILED' },
    });
  await until(async () => (await written()) !== null, 60_000);
  expect((await written())?.detail).toMatchObject({ code: 'UNAUTHENTICATED' });
  const rest = async () => {
    for await (const _piece of response);
  };
  await expect(rest()).rejects.toThrow('aborted');
});
