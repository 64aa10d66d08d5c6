import { FiberkeepError } from '#errors';
import type { OpenPlaceOptions } from './place.ts';
import { type Patience, retry, Turns } from './retry.ts';
import { SftpConnection } from './sftp-connection.ts';
import { asPlaceError, ConnectionLost } from './sftp-errors.ts';
import type { SftpLogin } from './sftp-login.ts';

const MAX_AT_ONCE = 8;
const PATIENCE: Patience = { tries: 3, firstWaitMs: 200, longestWaitMs: 2_000 };

/** Work on one connection that all share. A lost one is made anew, and what was under way is tried again. */
export class SftpSession {
  readonly #login: SftpLogin;
  readonly #options: OpenPlaceOptions;
  readonly #disposed = new AbortController();
  readonly #signal: AbortSignal;
  readonly #turns = new Turns(MAX_AT_ONCE);
  #connecting: Promise<SftpConnection> | null = null;
  #connected: SftpConnection | null = null;

  constructor(login: SftpLogin, options: OpenPlaceOptions) {
    this.#login = login;
    this.#options = options;
    const given = options.signal ? [options.signal] : [];
    this.#signal = AbortSignal.any([...given, this.#disposed.signal]);
  }

  /** `work` may run again after a lost connection, whatever of it was done by then. */
  run<T>(work: (connection: SftpConnection) => Promise<T>): Promise<T> {
    const once = async () => work(await this.#connection());
    return this.#turns
      .take(() => retry(once, isLost, PATIENCE, this.#signal))
      .catch((cause) => {
        this.#signal.throwIfAborted();
        throw asPlaceError(this.#login.place, cause);
      });
  }

  [Symbol.dispose](): void {
    this.#disposed.abort(new FiberkeepError('CANCELLED'));
  }

  /** Of several that find it lost, one makes the next. */
  #connection(): Promise<SftpConnection> {
    if (this.#connected?.isOpen) return Promise.resolve(this.#connected);
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async #connect(): Promise<SftpConnection> {
    const { lookup } = this.#options;
    this.#connected = await SftpConnection.open(this.#login, { lookup, signal: this.#signal });
    return this.#connected;
  }
}

function isLost(cause: unknown): boolean {
  return cause instanceof ConnectionLost;
}
