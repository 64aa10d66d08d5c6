import type { Client, Connection, Submittable } from 'pg';

/** PostgreSQL's frontend messages (its manual, "Message Formats"): type, then the length with itself. */
const COPY_DATA = 0x64;
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);
const HEADER_BYTES = 5;
/** Larger messages gain nothing, and a row of 1 GB must not become one message. */
const MESSAGE_BYTES = 1024 * 1024;

/**
 * Runs a `COPY … FROM STDIN` and feeds it `source`, as fast as the server takes it: no more than one piece
 * waits in this process. Returns the rows that the server counted. Throws what the server, the source or
 * the connection throw. When the source throws, the COPY fails and leaves nothing.
 */
export function copyIn(
  client: Client,
  statement: string,
  source: AsyncIterable<Uint8Array>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    client.query(new CopyIn(statement, source, resolve, reject));
  });
}

/** pg calls its methods while the statement is the active one of the connection. */
class CopyIn implements Submittable {
  readonly #statement: string;
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #resolve: (rows: number) => void;
  readonly #reject: (cause: unknown) => void;
  /** Wakes the feeder when the server has ended the COPY early. */
  readonly #ended = new AbortController();
  #sourceFailure: { cause: unknown } | null = null;
  #rows = 0;

  constructor(
    statement: string,
    source: AsyncIterable<Uint8Array>,
    resolve: (rows: number) => void,
    reject: (cause: unknown) => void,
  ) {
    this.#statement = statement;
    this.#source = source;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(connection: Connection): void {
    connection.query(this.#statement);
  }

  handleCopyInResponse(connection: Connection): void {
    void this.#feed(connection);
  }

  async #feed(connection: Connection): Promise<void> {
    const { stream } = connection;
    try {
      for await (const piece of this.#source) {
        for (let at = 0; at < piece.length; at += MESSAGE_BYTES)
          await this.#send(stream, piece.subarray(at, at + MESSAGE_BYTES));
        if (this.#ended.signal.aborted) return;
      }
      stream.write(COPY_DONE);
    } catch (cause) {
      this.#sourceFailure = { cause };
      if (!this.#ended.signal.aborted) stream.write(copyFail('the source failed'));
    }
  }

  async #send(stream: Connection['stream'], piece: Uint8Array): Promise<void> {
    const { signal } = this.#ended;
    if (signal.aborted) return;
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header[0] = COPY_DATA;
    header.writeInt32BE(piece.length + 4, 1);
    stream.cork();
    stream.write(header);
    const ready = stream.write(piece);
    stream.uncork();
    if (!ready) await drained(stream, signal);
  }

  handleCommandComplete(message: { text: string }): void {
    this.#rows = Number(/^COPY (\d+)$/.exec(message.text)?.[1] ?? 0);
  }

  handleReadyForQuery(): void {
    this.#ended.abort();
    this.#resolve(this.#rows);
  }

  handleError(cause: unknown): void {
    this.#ended.abort();
    this.#reject(this.#sourceFailure ? this.#sourceFailure.cause : cause);
  }
}

/** CopyFail: the server responds with an error that carries the reason. */
function copyFail(reason: string): Buffer {
  const text = Buffer.from(`${reason}\0`);
  const header = Buffer.from([0x66, 0, 0, 0, 0]);
  header.writeInt32BE(text.length + 4, 1);
  return Buffer.concat([header, text]);
}

/** Resolves when the socket takes more, is closed, or `signal` aborts. */
function drained(stream: Connection['stream'], signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done);
      stream.off('close', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
    signal.addEventListener('abort', done);
  });
}
