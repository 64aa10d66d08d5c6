import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readHealth } from '#services/health/health.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { sendHealth, sendLiveness } from './health.ts';

/** A tebibyte to stay free: more than the disk of any machine that runs this. */
const NO_ROOM = { DISK_RESERVE_MB: '1048576' };

let full: TestServer;
let roomy: TestServer;
beforeAll(async () => {
  [full, roomy] = await Promise.all([openTestServer({ env: NO_ROOM }), openTestServer()]);
});
afterAll(() => Promise.all([full, roomy].map((one) => one[Symbol.asyncDispose]())));

async function ask(send: typeof sendHealth, { server }: TestServer) {
  const listener = http.createServer((_request, response) => void send(response, server));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  try {
    const answer = await fetch(`http://127.0.0.1:${port}`);
    return { status: answer.status, body: await answer.json() };
  } finally {
    listener.close();
  }
}

test('health is 503 while writers are refused, and names the parts; the server is alive', async () => {
  expect(await ask(sendHealth, full)).toMatchObject({
    status: 503,
    body: { status: 'full', full: ['backups', 'files', 'uploads'], backups: {} },
  });
  expect(await ask(sendLiveness, full)).toEqual({ status: 200, body: { status: 'ok' } });
});

test('health is 200 while there is room', async () => {
  expect(await ask(sendHealth, roomy)).toMatchObject({ status: 200, body: { status: 'ok' } });
});

test('health of the backups tells of a full disk that is not theirs', async () => {
  const { room } = full.server;
  const server = { ...roomy.server, room: { ...roomy.server.room, full: room.full } };
  const { problems } = await readHealth(server);
  expect(problems.map(({ code, level }) => [code, level])).toContainEqual(['DISK_FULL', 'ALARM']);
});
