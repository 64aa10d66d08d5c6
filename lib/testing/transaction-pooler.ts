import net from 'node:net';
import pg from 'pg';

/** A pooler in transaction mode, whose clients share one server connection. */
export interface TransactionPooler extends AsyncDisposable {
  readonly url: string;
}

const READY = 'Z'.charCodeAt(0);
const IDLE = 'I'.charCodeAt(0);
const TERMINATE = 'X'.charCodeAt(0);
const SSL_REQUEST = 80877103;
/** AuthenticationOk, then ReadyForQuery. */
const WELCOME = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, READY, 0, 0, 0, 5, IDLE]);

/** Treats sessions as PgBouncer with `pool_mode = transaction` does; protocol: PostgreSQL docs, chapter 54. */
export async function openTransactionPooler(url: string): Promise<TransactionPooler> {
  const backend = await openBackend(url);
  const clients = new Set<net.Socket>();
  const server = net.createServer((client) => {
    clients.add(client);
    client.on('error', () => {});
    serve(client, backend);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    url: Object.assign(new URL(url), { host: `127.0.0.1:${port}` }).toString(),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      server.close();
      await backend.end();
    },
  };
}

interface Backend {
  /** Forwards one client's messages, and the answers, until the server is idle again. */
  run(messages: Buffer, answer: net.Socket): Promise<void>;
  end(): Promise<void>;
}

async function openBackend(url: string): Promise<Backend> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  const { stream } = (client as unknown as { connection: { stream: net.Socket } }).connection;
  stream.removeAllListeners('data');
  let turn: Promise<void> = Promise.resolve();
  return {
    run(messages, answer) {
      turn = turn.then(() => exchange(stream, messages, answer));
      return turn;
    },
    async end() {
      stream.destroy();
    },
  };
}

function exchange(stream: net.Socket, messages: Buffer, answer: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    let rest: Buffer = Buffer.alloc(0);
    const onData = (data: Buffer) => {
      answer.write(data);
      rest = Buffer.concat([rest, data]);
      const { found, left } = splitMessages(rest);
      rest = left;
      if (!found.some((message) => message[0] === READY && message[5] === IDLE)) return;
      stream.off('data', onData);
      resolve();
    };
    stream.on('data', onData);
    stream.write(messages);
  });
}

function serve(client: net.Socket, backend: Backend): void {
  let rest: Buffer = Buffer.alloc(0);
  let welcomed = false;
  client.on('data', (data) => {
    rest = Buffer.concat([rest, data]);
    if (!welcomed && rest.length >= 8) {
      const ssl = rest.readInt32BE(4) === SSL_REQUEST;
      rest = rest.subarray(rest.readInt32BE(0));
      client.write(ssl ? 'N' : WELCOME);
      welcomed = !ssl;
    }
    if (!welcomed) return;
    const { found, left } = splitMessages(rest);
    rest = left;
    const forServer = found.filter((message) => message[0] !== TERMINATE);
    if (forServer.length < found.length) client.end();
    if (forServer.length > 0) void backend.run(Buffer.concat(forServer), client);
  });
}

/** Complete messages (letter, length including itself, body), and the rest. */
function splitMessages(bytes: Buffer): { found: Buffer[]; left: Buffer } {
  const found: Buffer[] = [];
  let at = 0;
  while (bytes.length >= at + 5) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    if (end > bytes.length) break;
    found.push(bytes.subarray(at, end));
    at = end;
  }
  return { found, left: bytes.subarray(at) };
}
