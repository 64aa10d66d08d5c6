import { isIP, type LookupFunction, connect as netConnect, type Socket } from 'node:net';
import type { ServerHostKeyAlgorithm, SFTPWrapper } from 'ssh2';
import ssh2 from 'ssh2';
import { FiberkeepError } from '#errors';
import {
  ConnectionLost,
  placeRefused,
  placeUnreachable,
  SftpFault,
  Status,
} from './sftp-errors.ts';
import { authHandlerOf, hostKeyRefusal, type SftpLogin } from './sftp-login.ts';

const CONNECT_MS = 15_000;
/** A dead peer is noticed after four of these. */
const KEEPALIVE_MS = 15_000;

/**
 * A server has keys of several types, and only one is pinned. The order is fixed, whatever ssh2 prefers one day, so
 * that the same server shows the same key. It shows another only when it gets a key of a type further up.
 */
const HOST_KEYS: ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

type Done<T> = (error?: Error | null, answer?: T) => void;

export interface ConnectOptions {
  readonly lookup?: LookupFunction;
  readonly signal: AbortSignal;
}

/**
 * One SSH connection and its SFTP channel. When it ends, everything that waits for it fails with the cause:
 * ConnectionLost where another connection may do.
 */
export class SftpConnection {
  readonly #client = new ssh2.Client();
  readonly #waiting = new Set<(cause: unknown) => void>();
  #socket: Socket | null = null;
  #channel: SFTPWrapper | null = null;
  #ended: { readonly cause: unknown } | null = null;

  /** Throws ADDRESS_REFUSED as `lookup` does, DESTINATION_UNUSABLE, ConnectionLost, or the signal's reason. */
  static async open(login: SftpLogin, { lookup, signal }: ConnectOptions): Promise<SftpConnection> {
    signal.throwIfAborted();
    const connection = new SftpConnection();
    signal.addEventListener('abort', () => connection.end(signal.reason), { once: true });
    const late = new Error(`No connection within ${CONNECT_MS / 1000} seconds`);
    const timer = setTimeout(() => connection.end(placeUnreachable(login.place, late)), CONNECT_MS);
    try {
      await connection.#connectSocket(login, lookup);
      await connection.#signIn(login);
      await connection.#openChannel(login);
      return connection;
    } catch (cause) {
      connection.end(cause);
      throw cause;
    } finally {
      clearTimeout(timer);
    }
  }

  get isOpen(): boolean {
    return this.#ended === null;
  }

  /**
   * Sends one request. Throws SftpFault where the server says no, with OP_UNSUPPORTED too where it never announced
   * the extension that the request is of.
   */
  ask<T = void>(send: (channel: SFTPWrapper, done: Done<T>) => void): Promise<T> {
    return this.#wait<T>((done) => {
      try {
        send(this.#channel as SFTPWrapper, (error, answer) =>
          error ? done(this.#asFault(error)) : done(null, answer),
        );
      } catch (cause) {
        // ssh2 knows the extensions, but tells only so.
        const { message } = cause as Error;
        done(new SftpFault(message, Status.OP_UNSUPPORTED, cause));
      }
    });
  }

  /** Breaks the connection at once. */
  end(cause: unknown): void {
    if (this.#ended) return;
    this.#ended = { cause };
    this.#socket?.destroy();
    for (const reject of this.#waiting) reject(cause);
    this.#waiting.clear();
  }

  /** Each connection's address is checked as it is made. Node does not look up an address, so that is done here. */
  async #connectSocket({ access }: SftpLogin, lookup: LookupFunction | undefined): Promise<void> {
    const { host, port } = access;
    if (lookup && isIP(host)) await this.#wait((done) => lookup(host, {}, (error) => done(error)));
    await this.#wait((done) => {
      this.#socket = netConnect({ host, port, lookup, noDelay: true }, done);
      this.#socket.on('error', (cause) => this.end(lostBy(cause)));
      this.#socket.on('close', () => this.end(new ConnectionLost('The server hung up')));
    });
  }

  #signIn(login: SftpLogin): Promise<void> {
    const { place, access } = login;
    this.#client.on('error', (cause) =>
      this.end(this.#channel ? lostBy(cause) : signInFailure(place, cause)),
    );
    this.#client.on('change password', () =>
      this.end(placeRefused(place, 'The server wants a new password.')),
    );
    return this.#wait((done) => {
      this.#client.once('ready', done);
      this.#client.connect({
        sock: this.#socket as Socket,
        username: access.user,
        authHandler: authHandlerOf(login),
        hostVerifier: (key: Buffer) => this.#trusts(login, key),
        algorithms: { serverHostKey: HOST_KEYS },
        readyTimeout: 0,
        keepaliveInterval: KEEPALIVE_MS,
      });
    });
  }

  /** Called before anything secret is sent, and again with each new session key. */
  #trusts(login: SftpLogin, hostKey: Buffer): boolean {
    const refusal = hostKeyRefusal(login, hostKey);
    if (refusal) this.end(refusal);
    return refusal === null;
  }

  async #openChannel({ place }: SftpLogin): Promise<void> {
    await this.#wait<void>((done) =>
      this.#client.sftp((error, channel) => {
        if (error) return done(placeRefused(place, `No SFTP: ${error.message}`, error));
        channel.on('error', (cause: Error) => this.end(lostBy(cause)));
        channel.on('close', () => this.end(new ConnectionLost('The server closed the channel')));
        this.#channel = channel;
        done();
      }),
    );
  }

  #wait<T = void>(start: (done: Done<T>) => void): Promise<T> {
    if (this.#ended) return Promise.reject(this.#ended.cause);
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      start((error, answer) => {
        this.#waiting.delete(reject);
        if (error) reject(error);
        else resolve(answer as T);
      });
    });
  }

  /** Without a status it is no word of the server: ssh2 has no connection any more, or understands nothing. */
  #asFault(error: Error & { code?: unknown }): Error {
    if (typeof error.code === 'number') return new SftpFault(error.message, error.code, error);
    const lost = lostBy(error);
    this.end(lost);
    return lost;
  }
}

/** ADDRESS_REFUSED comes this way too, by `lookup`, and stays what it is. */
function lostBy(cause: Error): Error {
  return cause instanceof FiberkeepError ? cause : new ConnectionLost(detailOf(cause), { cause });
}

/** A name with several addresses fails with an error for each, and no text of its own. */
function detailOf(cause: Error): string {
  const [first] = cause instanceof AggregateError ? cause.errors : [];
  return cause.message || (first?.message ?? 'The connection failed');
}

/** `level` is that of ssh2; a number as code is why the server says it disconnects (RFC 4253 section 11.1). */
function signInFailure(place: string, cause: Error & { level?: string; code?: unknown }): Error {
  if (cause.level === 'client-authentication')
    return placeRefused(
      place,
      'The server does not accept this user, or this password or key.',
      cause,
    );
  if (typeof cause.code === 'number') return placeRefused(place, cause.message, cause);
  return cause.level === 'handshake' ? placeUnreachable(place, cause) : lostBy(cause);
}
