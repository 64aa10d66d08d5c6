import { once } from 'node:events';
import http, { type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { closeListener } from './close-listener.ts';

/** Longer than any test may take: nothing here ends because of it. */
const NEVER_MS = 3_600_000;

/** A listener of which each answer is made by `serve`. */
async function listen(serve: (response: ServerResponse) => Promise<void>) {
  const open = new Set<ServerResponse>();
  const listener = http.createServer((_request, response) => {
    open.add(response);
    void serve(response);
    response.once('close', () => open.delete(response));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  return { listener, open, url: `http://127.0.0.1:${port}` };
}

/** Sends the first bytes of a larger body; answers the request, and why it ended. */
function beginToSend(method: string, url: string) {
  const request = http.request(url, { method, headers: { 'content-length': '1000' } });
  const broken = new Promise<Error>((resolve) => request.once('error', resolve));
  request.write('first bytes');
  return { request, broken };
}

test('an upload is broken off at once, while other answers finish', async () => {
  let finishOther = () => {};
  const begun: ServerResponse[] = [];
  const { listener, open, url } = await listen(async (response) => {
    begun.push(response);
    const { req } = response;
    if (req.method === 'GET') {
      response.writeHead(200, { 'content-length': '5' }).write('be');
      await new Promise<void>((resolve) => {
        finishOther = resolve;
      });
      response.end('gun');
      return;
    }
    req.on('error', () => {}).resume();
  });
  const download = await fetch(`${url}/api/backups/1/archive`);
  const upload = beginToSend('PATCH', `${url}/api/uploads/1`);
  const photo = beginToSend('POST', `${url}/api/posts/1/files`);
  await expect.poll(() => begun.length).toBe(3);
  const closing = closeListener(listener, open, NEVER_MS);
  await upload.broken;
  finishOther();
  expect(await download.text()).toBe('begun');
  photo.request.destroy();
  await closing;
});

test('an upload whose bytes are all here is answered', async () => {
  let finish = () => {};
  const { listener, open, url } = await listen(async (response) => {
    for await (const _ of response.req);
    await new Promise<void>((resolve) => {
      finish = resolve;
      response.writeHead(204, { 'upload-offset': '5' }).flushHeaders();
    });
    response.end();
  });
  const answer = await fetch(`${url}/api/uploads/1`, { method: 'PATCH', body: 'whole' });
  const closing = closeListener(listener, open, NEVER_MS);
  finish();
  expect(answer.headers.get('upload-offset')).toBe('5');
  await answer.text();
  await closing;
});

test('an event stream is broken off at once', async () => {
  const { listener, open, url } = await listen(async (response) => {
    response.setHeader('content-type', 'text/event-stream');
    response.flushHeaders();
  });
  const stream = await fetch(url);
  await Promise.all([
    closeListener(listener, open, NEVER_MS),
    expect(stream.text()).rejects.toThrow(),
  ]);
});

test('an answer that does not end in time is cut off', async () => {
  const { listener, open, url } = await listen(async (response) => {
    response.writeHead(200).write('begun');
  });
  const answer = await fetch(url);
  await closeListener(listener, open, 1);
  await expect(answer.text()).rejects.toThrow();
});
