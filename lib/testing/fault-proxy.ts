import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** One request on its way through the proxy. */
export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  /** Asks the server behind, and gives what it said; nothing goes to the client yet. */
  forward(change?: (body: Buffer) => Buffer): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** Answers the client, or does not. */
export type Fault = (exchange: Exchange) => unknown;

export interface ScriptedFault {
  readonly on: (request: Pick<Exchange, 'method' | 'url'>) => boolean;
  readonly fault: Fault;
  /** How many requests it befalls; all of them by default. */
  times?: number;
}

export interface FaultProxy extends AsyncDisposable {
  readonly endpoint: string;
  /** The first that fits a request befalls it. */
  readonly faults: ScriptedFault[];
  /** Method and address of each request, in their order. */
  readonly requests: string[];
}

/** Forwards requests with their Host header, which is signed, to `target`, but for those that a fault befalls. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const faults: ScriptedFault[] = [];
  const requests: string[] = [];
  const server = http.createServer((request, response) => {
    const { method = '', url = '' } = request;
    requests.push(`${method} ${url}`);
    const forward: Exchange['forward'] = (change) => ask(target, request, change);
    const fault = takeFault(faults, { method, url }) ?? passOn;
    Promise.resolve(fault({ method, url, request, response, forward })).catch(() =>
      response.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function takeFault(faults: ScriptedFault[], request: Pick<Exchange, 'method' | 'url'>) {
  const found = faults.find(({ on, times = 1 }) => times > 0 && on(request));
  if (found?.times !== undefined) found.times--;
  return found?.fault;
}

async function ask(
  target: string,
  request: http.IncomingMessage,
  change = (body: Buffer) => body,
): Promise<Answer> {
  const body = change(await buffer(request));
  const { method, url, headers } = request;
  const asked = http.request(new URL(target), { method, path: url, headers, agent: false });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [http.IncomingMessage];
  const { 'transfer-encoding': _, connection: _c, ...kept } = answer.headers;
  return { status: answer.statusCode ?? 0, headers: kept, body: await buffer(answer) };
}

function send({ method, response }: Exchange, { status, headers, body }: Answer): void {
  // RFC 9110 section 9.3.2: an answer to HEAD tells the length of a body that it does not have.
  const length = method === 'HEAD' ? {} : { 'content-length': body.length };
  response.writeHead(status, { ...headers, ...length }).end(method === 'HEAD' ? undefined : body);
}

export const passOn: Fault = async (exchange) => send(exchange, await exchange.forward());

/** Answers an error of S3's by itself. */
export function answering(status: number, code: string, headers = {}): Fault {
  return saying(status, `<Error><Code>${code}</Code><Message>scripted</Message></Error>`, headers);
}

export function saying(status: number, text: string, headers = {}): Fault {
  return async (exchange) => {
    await buffer(exchange.request);
    send(exchange, { status, headers, body: Buffer.from(text) });
  };
}

export const failing = answering(500, 'InternalError');
export const slowingDown = answering(503, 'SlowDown');
export const expiringToken = answering(400, 'ExpiredToken');

export const neverAnswering: Fault = () => {};

/** Breaks the connection when the first bytes of the body have arrived. */
export const breakingUpload: Fault = async ({ request, response }) => {
  await once(request, 'data');
  response.socket?.resetAndDestroy();
};

/** Passes on another body than was sent. */
export const alteringUpload: Fault = async (exchange) =>
  send(exchange, await exchange.forward((body) => Buffer.from(body.map((byte) => byte ^ 1))));

/** Does what was asked, and breaks the connection before it says so. */
export const losingAnswer: Fault = async ({ forward, response }) => {
  await forward();
  response.socket?.resetAndDestroy();
};

/** Breaks the connection after half of the body. */
export const breakingDownload: Fault = (exchange) =>
  sendHalf(exchange, (socket) => socket.resetAndDestroy());

/** Ends the connection in good order after half of a body whose whole length it announced. */
export const truncatingBody: Fault = (exchange) => sendHalf(exchange, (socket) => socket.end());

/** Sends half of the body, and then nothing. */
export const stallingBody: Fault = (exchange) => sendHalf(exchange, () => {});

async function sendHalf(
  { forward, response }: Exchange,
  end: (socket: NonNullable<http.ServerResponse['socket']>) => void,
): Promise<void> {
  const { status, headers, body } = await forward();
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.write(body.subarray(0, body.length / 2), () => response.socket && end(response.socket));
}

export const wrongETag: Fault = changing((answer) => ({
  ...answer,
  headers: { ...answer.headers, etag: `"${'0'.repeat(32)}"` },
}));

/** Leaves out the `count` newest names: the place lags behind what was written to it. */
export function staleListing(count: number): Fault {
  return changingListing((entries) => {
    const newest = [...entries].sort((a, b) => modifiedAt(b) - modifiedAt(a)).slice(0, count);
    return entries.filter((entry) => !newest.includes(entry));
  });
}

/** Leaves out the second half of a page, without a word. */
export const shortListing: Fault = changingListing((entries) =>
  entries.slice(0, Math.ceil(entries.length / 2)),
);

/** Names everything twice. */
export const repeatingListing: Fault = changingListing((entries) =>
  entries.flatMap((entry) => [entry, entry]),
);

/** Begins each page but the first with the last name of the page before. */
export function overlappingListing(): Fault {
  let last: string[] = [];
  return changingListing((entries) => {
    const all = [...last, ...entries];
    last = entries.slice(-1);
    return all;
  });
}

/** Says that more follows, and names no way to it. */
export const endlessListing: Fault = changing(({ body, ...answer }) => {
  const text = body.toString().replace('<IsTruncated>false', '<IsTruncated>true');
  return { ...answer, body: Buffer.from(text) };
});

function changing(change: (answer: Answer) => Answer): Fault {
  return async (exchange) => send(exchange, change(await exchange.forward()));
}

const ENTRY = /<Contents>.*?<\/Contents>/gs;

/** Changes the entries of a ListObjectsV2. */
function changingListing(change: (entries: readonly string[]) => readonly string[]): Fault {
  return changing(({ body, ...answer }) => {
    const entries = change(body.toString().match(ENTRY) ?? []).join('');
    const rest = body.toString().replace(ENTRY, '');
    const text = rest.replace('</ListBucketResult>', `${entries}</ListBucketResult>`);
    return { ...answer, body: Buffer.from(text) };
  });
}

function modifiedAt(entry: string): number {
  return Date.parse(/<LastModified>(.*)<\/LastModified>/.exec(entry)?.[1] ?? '');
}
