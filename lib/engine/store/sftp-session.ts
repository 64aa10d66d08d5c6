import { setTimeout as delay } from 'node:timers/promises';
import { FiberkeepError } from '#errors';
import type { OpenPlaceOptions } from './place.ts';
import { SftpConnection } from './sftp-connection.ts';
import { asPlaceError, ConnectionLost } from './sftp-errors.ts';
import type { SftpLogin } from './sftp-login.ts';

const MAX_AT_ONCE = 8;
const MAX_TRIES = 3;
const FIRST_PAUSE_MS = 200;

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
  async run<T>(work: (connection: SftpConnection) => Promise<T>): Promise<T> {
    using _turn = await this.#turns.take();
    for (let tries = 1; ; tries++) {
      try {
        return await work(await this.#connection());
      } catch (cause) {
        this.#signal.throwIfAborted();
        if (!(cause instanceof ConnectionLost) || tries === MAX_TRIES)
          throw asPlaceError(this.#login.place, cause);
        await this.#pause(tries);
      }
    }
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

  /** Jittered, so that those who were cut off together do not come back together. */
  async #pause(tries: number): Promise<void> {
    const ms = FIRST_PAUSE_MS * 2 ** (tries - 1) * (0.5 + Math.random() / 2);
    await delay(ms, undefined, { signal: this.#signal }).catch(() => this.#signal.throwIfAborted());
  }
}

/** Lets some at a time, in the order in which they came. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  async take(): Promise<Disposable> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return { [Symbol.dispose]: () => this.#give() };
  }

  #give(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
