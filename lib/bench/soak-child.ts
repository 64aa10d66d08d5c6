import { randomUUID } from 'node:crypto';
import net, { type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A client of ill will, from an address of its own: `soak-child.ts URL CONNECTIONS EMAIL`, until it is killed. */
const [, , url = '', connections = '0', email = ''] = process.argv;
const { hostname, port } = new URL(url);
const FROM = '127.0.0.66';
const TRICKLE_MS = 5_000;
const open = new Set<Socket>();

function post(path: string, body: string, length = Buffer.byteLength(body)): string {
  const headers = `Host: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: ${length}`;
  return `POST ${path} HTTP/1.1\r\n${headers}\r\n\r\n${body}`;
}

const graphql = (query: string) => post('/api/graphql', JSON.stringify({ query }));
const get = (path: string, headers = '') =>
  `GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\n${headers}\r\n`;
const GIGABYTE = 1024 ** 3;

interface Kind {
  readonly says: () => string;
  /** Whether a byte follows every few seconds. */
  readonly trickles?: boolean;
  /** Whether it leaves its answer where it is. */
  readonly deaf?: boolean;
}

const kinds: readonly Kind[] = [
  { says: () => '' },
  { says: () => get('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\n') },
  { says: () => get('/_next/webpack-hmr', 'Connection: Upgrade\r\nUpgrade: websocket\r\n') },
  { says: () => 'GET / HTTP/1.1\r\nX-Slow: ', trickles: true },
  ...[
    '/api/health',
    '/api/nowhere',
    '/sign-in',
    `/api/backups/${randomUUID()}/archive`,
    '/api/graphql',
    '/api/uploads',
  ].map((path) => ({ says: () => post(path, '', GIGABYTE), trickles: true })),
  { says: () => graphql(`{ ${'me { user { id } } '.repeat(560)} }`) },
  {
    says: () => graphql('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'),
  },
  {
    says: () =>
      graphql(`mutation { signIn(email: "${email}", password: "${randomUUID()}") { __typename } }`),
  },
  { says: () => get('/sign-in'), deaf: true },
];

/** One connection after the other, each until the server ends it. */
async function keepOpen(kind: Kind): Promise<never> {
  // Not all in the same moment, ever again.
  await sleep(Math.random() * TRICKLE_MS);
  for (;;) {
    await connectOnce(kind);
    await sleep(1_000);
  }
}

function connectOnce({ says, trickles, deaf }: Kind): Promise<void> {
  const socket = net.connect({ host: hostname, port: Number(port), localAddress: FROM });
  open.add(socket);
  socket.write(says());
  const trickle = trickles ? setInterval(() => socket.write('x'), TRICKLE_MS) : undefined;
  if (!deaf) socket.resume();
  socket.on('error', () => {});
  return new Promise((resolve) => {
    socket.once('close', () => {
      clearInterval(trickle);
      open.delete(socket);
      resolve();
    });
  });
}

for (let n = 0; n < Number(connections); n += 1) {
  const kind = kinds[n % kinds.length];
  if (kind) void keepOpen(kind);
}
setInterval(() => process.stdout.write(`${open.size}\n`), 1_000);
process.once('SIGTERM', () => process.exit(0));
