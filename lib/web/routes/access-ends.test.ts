import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish } from '#events/channel.ts';
import { createElement } from '#services/network/edit-element.ts';
import { createPost } from '#services/network/posts.ts';
import { openTestWeb, type TestWeb } from '#testing/byte-routes.ts';
import { networkPermits } from '#testing/network.ts';
import { hashToken, revokeSessionsOf } from '#vault/sessions.ts';

/** Access that ends while bytes are under way. */
let web: TestWeb;
let postId: string;

beforeAll(async () => {
  web = await openTestWeb();
  const may = await networkPermits(web.server);
  const { id } = await createElement(web.server, may.edit, null, 'project', { name: 'Centro' });
  const element = { kind: 'project', id } as const;
  postId = (await createPost(web.server, may.edit, null, element, { title: 'T' })).id;
});
afterAll(() => web[Symbol.asyncDispose]());

type Headers = Record<string, string>;

/** Ends every session of the person, as deleting the account does. */
async function endAccess({ cookie = '' }: Headers): Promise<void> {
  const tokenHash = hashToken(cookie.slice(cookie.indexOf('=') + 1));
  const { userId } = await web.server.vault.session.findUniqueOrThrow({ where: { tokenHash } });
  await revokeSessionsOf(web.server.vault, userId);
}

/** Takes an action from the person's role, which ends no session. */
async function takeAction({ cookie = '' }: Headers): Promise<void> {
  const tokenHash = hashToken(cookie.slice(cookie.indexOf('=') + 1));
  const { vault, plant } = web.server;
  const { userId } = await vault.session.findUniqueOrThrow({ where: { tokenHash } });
  const { roleId } = await plant.user.findUniqueOrThrow({ where: { id: userId } });
  await plant.role.update({ where: { id: roleId }, data: { actions: [] } });
  await publish(vault, { kind: 'ACCESS_CHANGED', id: null });
}

/** Sends all of a body but its last byte, which waits for an answer. */
async function holdLastByte(method: string, path: string, headers: Headers, body: Buffer) {
  const request = http.request(`${web.url}${path}`, {
    method,
    headers: { ...headers, 'content-length': String(body.length) },
  });
  request.on('error', () => {});
  request.write(body.subarray(0, -1));
  return request;
}

/** The server listens for the end of the access once the first bytes have come through its check. */
async function begun(request: http.ClientRequest): Promise<void> {
  await once(request, 'socket');
  await wait(500);
}

async function statusOf(request: http.ClientRequest): Promise<number | undefined> {
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  return response.statusCode;
}

const ends = [
  ['the session ends', endAccess],
  ['the role loses the action', takeAction],
] as const;

test.each(ends)('a file of a post is refused in the middle when %s', async (_, end) => {
  const me = await web.signedIn();
  const path = `/api/posts/${postId}/files?name=a.txt`;
  const request = await holdLastByte('POST', path, me, Buffer.alloc(100_000));
  await begun(request);
  const status = statusOf(request);
  await end(me);
  expect(await status).toBe(401);
  expect(await web.server.plant.postFile.count()).toBe(0);
});

test.each(ends)('an upload of an archive is refused in the middle when %s', async (_, end) => {
  const me = await web.signedIn();
  const tus = { ...me, 'tus-resumable': '1.0.0' };
  const announced = await fetch(`${web.url}/api/uploads`, {
    method: 'POST',
    headers: {
      ...tus,
      'upload-length': '100000',
      'upload-metadata': `filename ${Buffer.from('a.tar.gz.doz').toString('base64')}`,
    },
  });
  const path = announced.headers.get('location') ?? '';
  const headers = {
    ...tus,
    'content-type': 'application/offset+octet-stream',
    'upload-offset': '0',
  };
  const request = await holdLastByte('PATCH', path, headers, Buffer.alloc(100_000));
  await begun(request);
  const status = statusOf(request);
  await end(me);
  expect(await status).toBe(401);
  const id = path.slice(path.lastIndexOf('/') + 1);
  const upload = await web.server.vault.upload.findUniqueOrThrow({ where: { id } });
  expect(upload).toMatchObject({ status: 'RECEIVING', jobId: null });
});

test.each(ends)('a download of a file ends when %s', async (_, end) => {
  const owner = await web.signedIn();
  const made = await fetch(`${web.url}/api/posts/${postId}/files?name=large.bin`, {
    method: 'POST',
    headers: owner,
    body: new Uint8Array(64_000_000),
  });
  const { url } = (await made.json()) as { url: string };
  const me = await web.signedIn();
  const request = http.get(`${web.url}${url}`, { headers: me });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.pause();
  const ended = once(response, 'error');
  await end(me);
  response.resume();
  await expect(ended).resolves.toMatchObject([{ code: 'ECONNRESET' }]);
  await web.server.plant.postFile.deleteMany();
});
