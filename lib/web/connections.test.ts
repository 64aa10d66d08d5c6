import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { until } from '#testing/process-tree.ts';
import { type ConnectionLimits, connectionLimits, createListener } from './connections.ts';
import { isUpload } from './routes/index.ts';

/** Short enough for a test; what is not tested there never ends anything. */
const SHORT = 300;
const NEVER = 3_600_000;
const patient: ConnectionLimits = {
  headersMs: NEVER,
  bodyMs: NEVER,
  uploadMs: NEVER,
  uploadBytes: 1_000,
  restMs: NEVER,
  stalledMs: NEVER,
  ofNetwork: 1_000,
  ofAll: 1_000,
  lookMs: 20,
};

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A server that answers as `answer` does, under `patient` limits but for `changed`. */
async function serve(changed: Partial<ConnectionLimits>, answer: RequestListener) {
  const limits = { ...patient, ...changed };
  // Tests come from several addresses of this machine, each of which counts as a network.
  const listener = createListener(answer, { isUpload, countedAs: (address) => address, limits });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  closers.push(() => {
    listener.closeAllConnections();
    listener.close();
  });
  return { port: (listener.address() as AddressInfo).port, listener };
}

interface Client {
  readonly socket: Socket;
  /** All that was answered so far. */
  said(): string;
  readonly ended: Promise<void>;
  isOpen(): boolean;
}

/** A connection of its own, which says `text` and answers what comes back. */
function connect(port: number, text = '', localAddress = '127.0.0.1'): Client {
  const socket = net.connect({ port, host: '127.0.0.1', localAddress });
  let said = '';
  socket.on('data', (piece) => {
    said += piece;
  });
  socket.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  if (text !== '') socket.write(text);
  closers.push(() => socket.destroy());
  return {
    socket,
    ended,
    said: () => said,
    isOpen: () => !socket.destroyed && socket.readyState === 'open',
  };
}

const hello: RequestListener = (_request, response) => void response.end('hello');

const readAll: RequestListener = async (request, response) => {
  let bytes = 0;
  request.on('error', () => {});
  for await (const piece of request.iterator({ destroyOnReturn: false })) bytes += piece.length;
  response.end(`${bytes} bytes`);
};
const reading: RequestListener = (request, response) =>
  void Promise.resolve(readAll(request, response)).catch(() => {});

function post(path: string, length: number): string {
  return `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;
}

/** Sends a byte every few moments until the connection is gone. */
async function trickle({ socket }: Client): Promise<void> {
  while (!socket.destroyed && socket.writable) {
    socket.write('x');
    await wait(20);
  }
}

test('a connection that says nothing, or trickles its headers, ends', async () => {
  const { port } = await serve({ headersMs: SHORT }, hello);
  const silent = connect(port);
  const slow = connect(port, 'GET / HTTP/1.1\r\nX-A: ');
  await Promise.all([silent.ended, slow.ended, trickle(slow)]);
  expect(slow.said()).toMatch(/^HTTP\/1\.1 408 /);
});

test('a body that trickles ends, and says why', async () => {
  const { port } = await serve({ bodyMs: SHORT, restMs: SHORT }, reading);
  const slow = connect(port, post('/api/graphql', 1_000_000));
  await Promise.all([slow.ended, trickle(slow)]);
  expect(slow.said()).toMatch(/^HTTP\/1\.1 408 /);
});

test('the rest of a body whose request is answered is not waited for', async () => {
  const { port } = await serve({ restMs: SHORT }, hello);
  const slow = connect(port, post('/api/health', 1_000_000_000));
  await Promise.all([slow.ended, trickle(slow)]);
  expect(slow.said()).toMatch(/^HTTP\/1\.1 200 OK/);
});

test('a connection whose body came late, but came, goes on', async () => {
  const { port } = await serve({ restMs: SHORT }, hello);
  const client = connect(port, post('/', 4));
  await until(() => client.said().includes('hello'));
  client.socket.write('rest');
  await wait(2 * SHORT);
  client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(() => client.said().split('hello').length === 3);
});

test.each(['/api/uploads/1', '/api/posts/1/files?name=a'])(
  'an upload to %s may take as long as it moves',
  async (path) => {
    const { port } = await serve({ bodyMs: SHORT, uploadMs: SHORT }, reading);
    const steady = connect(port, post(path, 20_000));
    const stuck = connect(port, post(path, 20_000));
    for (let sent = 0; sent < 20; sent += 1) {
      steady.socket.write('x'.repeat(1_000));
      await wait(SHORT / 4);
    }
    await until(() => steady.said().includes('20000 bytes'));
    await stuck.ended;
  },
);

test('an upload that waits for us to read on is not taken for a slow one', async () => {
  let read = () => {};
  const { port } = await serve({ uploadMs: SHORT }, (request, response) => {
    read = () => reading(request, response);
  });
  const client = connect(port, `${post('/api/uploads/1', 10)}xxxxx`);
  await wait(3 * SHORT);
  expect(client.isOpen()).toBe(true);
  read();
  client.socket.write('xxxxx');
  await until(() => client.said().includes('10 bytes'));
});

test('an answer that nobody takes ends', async () => {
  const large = Buffer.alloc(64 * 1024 * 1024);
  let closed: Promise<unknown> = Promise.resolve();
  const { port } = await serve({ stalledMs: SHORT }, (_request, response) => {
    closed = once(response, 'close');
    response.end(large);
  });
  const client = connect(port);
  client.socket.pause();
  client.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(() => client.isOpen());
  await wait(SHORT);
  await closed;
});

test('a request to upgrade is answered as any other', async () => {
  const { port } = await serve({ headersMs: SHORT }, hello);
  const client = connect(
    port,
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  );
  await until(() => client.said().includes('hello'));
  await client.ended;
});

test('of too many connections of one network, the one that waits longest ends', async () => {
  const never: RequestListener = () => {};
  const { port } = await serve({ ofNetwork: 3 }, never);
  const served = connect(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const [first, second] = [connect(port), connect(port)];
  await until(() => [served, first, second].every((one) => one.isOpen()));
  const elsewhere = connect(port, '', '127.0.0.2');
  await wait(SHORT);
  expect([served, first, second, elsewhere].map((one) => one.isOpen())).toEqual([
    true,
    true,
    true,
    true,
  ]);
  const third = connect(port);
  await first.ended;
  expect([served, second, third, elsewhere].map((one) => one.isOpen())).toEqual([
    true,
    true,
    true,
    true,
  ]);
});

test('where all connections are being served, the new one ends', async () => {
  const { port } = await serve({ ofAll: 2 }, () => {});
  const served = [1, 2].map(() => connect(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'));
  await wait(SHORT);
  await connect(port).ended;
  expect(served.map((one) => one.isOpen())).toEqual([true, true]);
});

test('the limits of the product let an honest client be slow', () => {
  expect(connectionLimits.headersMs).toBeGreaterThanOrEqual(10_000);
  expect(connectionLimits.uploadBytes / (connectionLimits.uploadMs / 1_000)).toBeLessThanOrEqual(
    1024,
  );
});
