import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtInRoles } from '#services/accounts/built-in-roles.ts';
import { type Action, actions as allActions } from '#services/permit.ts';
import { openTestWeb, type TestWeb } from '#testing/byte-routes.ts';

/** Every byte route that wants an action, by every method and spelling; nothing of it is there. */
const nothing = '01a00000-0000-7000-8000-00000000dead';
const tus = { 'tus-resumable': '1.0.0' };
const body = { ...tus, 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' };
const requests: readonly [method: string, path: string, needs: Action, headers?: object][] = [
  ['GET', `/api/backups/${nothing}/archive`, 'backup.download'],
  ['HEAD', `/api/backups/${nothing}/archive`, 'backup.download'],
  ['GET', `/api/backups/${nothing}/archive/`, 'backup.download'],
  ['GET', `/api/backups/${nothing}/archive?a=b`, 'backup.download'],
  ['GET', `/api/backups/${nothing}/archive`, 'backup.download', { range: 'bytes=0-0' }],
  ['POST', '/api/uploads', 'backup.upload', { ...tus, 'upload-length': '0' }],
  ['POST', '/api/uploads/', 'backup.upload', { ...tus, 'upload-length': '0' }],
  ['HEAD', `/api/uploads/${nothing}`, 'backup.upload', tus],
  ['PATCH', `/api/uploads/${nothing}`, 'backup.upload', body],
  ['DELETE', `/api/uploads/${nothing}`, 'backup.upload', tus],
  ['GET', `/api/uploads/${nothing}`, 'backup.upload', tus],
  ['GET', `/api/files/${nothing}`, 'network.view'],
  ['HEAD', `/api/files/${nothing}`, 'network.view'],
  ['POST', `/api/posts/${nothing}/files?name=a`, 'network.edit'],
  ['GET', `/api/exports/${nothing}`, 'network.export'],
  ['HEAD', `/api/exports/${nothing}`, 'network.export'],
];

let web: TestWeb;
beforeAll(async () => {
  web = await openTestWeb();
});
afterAll(() => web[Symbol.asyncDispose]());

async function statuses(headers: Record<string, string>): Promise<number[]> {
  const found: number[] = [];
  for (const [method, path, , more] of requests) {
    const init = { method, headers: { ...headers, ...more } };
    found.push((await fetch(`${web.url}${path}`, init)).status);
  }
  return found;
}

function expectAllowed(found: readonly number[], allowed: readonly string[]): void {
  const refused = found.map((status) => status === 403);
  expect(refused).toEqual(requests.map(([, , needs]) => !allowed.includes(needs)));
  expect(found).not.toContain(200);
  expect(found).not.toContain(401);
  expect(found).not.toContain(500);
}

describe('the byte routes', () => {
  test('answer nobody without a session', async () => {
    expect(await statuses({})).toEqual(requests.map(() => 401));
  });

  for (const { name, actions } of builtInRoles)
    test(`refuse ${name} what the role does not allow, and nothing else`, async () => {
      expectAllowed(await statuses(await web.signedIn(actions)), actions);
    });

  for (const { name, actions } of builtInRoles)
    test(`refuse a key with every action whose owner is ${name} what that role does not allow`, async () => {
      expectAllowed(await statuses(await web.withKey(actions)), actions);
    });

  for (const { name, actions } of builtInRoles)
    test(`refuse a key of an administrator what it was not given: the actions of ${name}`, async () => {
      expectAllowed(await statuses(await web.withKey(allActions, actions)), actions);
    });

  test('answer a wrong or ended key with problem details that ask for a right one', async () => {
    const revoked = await web.withKey(allActions);
    await web.server.vault.apiKey.updateMany({ data: { revokedAt: new Date() } });
    const { cookie = '' } = await web.signedIn();
    for (const key of [revoked, { authorization: 'Bearer fbk_wrong' }, { authorization: 'Bearer' }])
      for (const [method, path, , more] of requests) {
        const answer = await fetch(`${web.url}${path}`, {
          method,
          headers: { ...key, cookie, ...more },
        });
        expect(answer.status).toBe(401);
        expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
        expect(answer.headers.get('content-type')).toBe('application/problem+json');
      }
  });
});
