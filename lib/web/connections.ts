import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What a connection may make the server wait for. */
export interface ConnectionLimits {
  /** A request line and its headers, from the connection or the answer before. */
  readonly headersMs: number;
  /** A whole body, but for uploads. */
  readonly bodyMs: number;
  /** An upload brings `uploadBytes` in every `uploadMs`. */
  readonly uploadMs: number;
  readonly uploadBytes: number;
  /** The rest of a body whose request is answered. */
  readonly restMs: number;
  /** An answer of which the client takes nothing. */
  readonly stalledMs: number;
  /** Connections of one network; with one more, the one that waits longest ends. */
  readonly ofNetwork: number;
  readonly ofAll: number;
  /** How often connections are looked at. */
  readonly lookMs: number;
}

export const connectionLimits: ConnectionLimits = {
  headersMs: 15_000,
  bodyMs: 30_000,
  uploadMs: 30_000,
  uploadBytes: 30 * 1024,
  restMs: 2_000,
  stalledMs: 300_000,
  ofNetwork: 256,
  ofAll: 4_096,
  lookMs: 1_000,
};

export interface ListenerOptions {
  /** Whether a body may take as long as it needs, at the least rate of uploads. */
  isUpload(request: IncomingMessage): boolean;
  /** Whose connection it is; null where many people share the address. */
  countedAs(address: string): string | null;
  readonly limits?: ConnectionLimits;
}

/**
 * An HTTP server that ends connections whose client makes it wait longer than the limits say, and takes no more of
 * them than it can hold. A request to upgrade is answered as if it did not ask for that (RFC 9110 §7.8), unless
 * somebody listens for upgrades.
 */
export function createListener(answer: RequestListener, options: ListenerOptions): http.Server {
  const { limits = connectionLimits } = options;
  const open = new Set<Connection>();
  const bySocket = new WeakMap<Socket, Connection>();
  const listener = http.createServer(
    {
      headersTimeout: limits.headersMs,
      // Bodies have limits of their own: an upload of 2 GB over a slow connection may take hours.
      requestTimeout: 0,
      connectionsCheckingInterval: limits.lookMs,
    },
    (request, response) => {
      bySocket.get(request.socket)?.begin(request, response);
      answer(request, response);
    },
  );
  listener.on('connection', (socket: Socket) => {
    const connection = new Connection(socket, options, limits);
    open.add(connection);
    bySocket.set(socket, connection);
    socket.once('close', () => open.delete(connection));
    makeRoom(open, connection, limits);
  });
  const looks = setInterval(() => {
    for (const connection of open) connection.look();
  }, limits.lookMs);
  looks.unref();
  listener.once('close', () => clearInterval(looks));
  return listener;
}

/** Ends the connection that has waited longest for its client where there are too many now, else the new one. */
function makeRoom(
  open: ReadonlySet<Connection>,
  fresh: Connection,
  { ofNetwork, ofAll }: ConnectionLimits,
): void {
  let ofSame = 0;
  for (const { network } of open) if (network !== null && network === fresh.network) ofSame += 1;
  if (ofSame > ofNetwork)
    endLongestWaiting(open, fresh, ({ network }) => network === fresh.network);
  else if (open.size > ofAll) endLongestWaiting(open, fresh, () => true);
}

function endLongestWaiting(
  open: ReadonlySet<Connection>,
  fresh: Connection,
  counts: (connection: Connection) => boolean,
): void {
  let longest: Connection | null = null;
  for (const one of open)
    if (one !== fresh && (!longest || one.since < longest.since) && counts(one))
      if (one.waitsForClient()) longest = one;
  (longest ?? fresh).destroy();
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly begun: number;
}

/** One connection: whom it waits for, and since when. Times are those of `performance.now()`. */
class Connection {
  readonly network: string | null;
  readonly #socket: Socket;
  readonly #options: ListenerOptions;
  readonly #limits: ConnectionLimits;
  /** Requests that are not answered yet; several where a client sends ahead. */
  readonly #exchanges = new Set<Exchange>();
  /** The rest of a body that nobody reads any more, and when its request was answered. */
  #rest: { readonly request: IncomingMessage; readonly at: number } | null = null;
  /** What came of an upload by then. */
  #came = { bytes: 0, at: 0 };
  /** What was handed to the system of an answer by then. */
  #sent = { bytes: 0, at: 0 };
  since = performance.now();

  constructor(socket: Socket, options: ListenerOptions, limits: ConnectionLimits) {
    this.network = options.countedAs(socket.remoteAddress ?? '');
    this.#socket = socket;
    this.#options = options;
    this.#limits = limits;
  }

  begin(request: IncomingMessage, response: ServerResponse): void {
    const exchange = { request, response, begun: performance.now() };
    this.#exchanges.add(exchange);
    this.since = exchange.begun;
    this.#came = { bytes: this.#socket.bytesRead, at: exchange.begun };
    this.#sent = { bytes: this.#socket.bytesWritten, at: exchange.begun };
    response.once('close', () => {
      this.#exchanges.delete(exchange);
      this.since = performance.now();
      if (!request.complete) this.#rest = { request, at: this.since };
    });
  }

  /** Ends the connection where its client has made us wait too long. */
  look(): void {
    const now = performance.now();
    if (this.#rest?.request.complete) this.#rest = null;
    const isAnswered = this.#rest !== null && now - this.#rest.at > this.#limits.restMs;
    if (isAnswered || this.#hasStalled(now)) this.destroy();
    for (const exchange of this.#exchanges)
      if (this.#bodyIsLate(exchange, now)) this.#giveUp(exchange);
  }

  waitsForClient(): boolean {
    for (const { request } of this.#exchanges)
      if (request.complete || this.#options.isUpload(request)) return false;
    return true;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Says why, as Node does where headers are late, and leaves the client a moment to read it. */
  #giveUp({ response }: Exchange): void {
    if (this.#socket.writableEnded) return;
    // A client that sends requests ahead may have half of an earlier answer.
    if (response.headersSent || this.#exchanges.size > 1) {
      this.destroy();
      return;
    }
    this.#socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
    setTimeout(() => this.destroy(), this.#limits.restMs).unref();
  }

  #bodyIsLate({ request, begun }: Exchange, now: number): boolean {
    // Bytes that came and were not read yet wait for us, not for the client.
    const waitsForUs = request.readableLength > 0;
    if (request.complete) return false;
    if (!this.#options.isUpload(request)) return !waitsForUs && now - begun > this.#limits.bodyMs;
    const { uploadMs, uploadBytes } = this.#limits;
    if (waitsForUs || this.#socket.bytesRead - this.#came.bytes >= uploadBytes)
      this.#came = { bytes: this.#socket.bytesRead, at: now };
    return now - this.#came.at > uploadMs;
  }

  #hasStalled(now: number): boolean {
    const { bytesWritten, writableLength } = this.#socket;
    // `bytesWritten` includes what is still to be sent.
    const bytes = bytesWritten - writableLength;
    if (writableLength === 0 || bytes !== this.#sent.bytes) this.#sent = { bytes, at: now };
    return now - this.#sent.at > this.#limits.stalledMs;
  }
}
