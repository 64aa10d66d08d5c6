import { performance } from 'node:perf_hooks';
import { FiberkeepError } from '#errors';
import type { Job } from '#generated/vault/client.ts';
import type { VaultClient } from '#vault/client.ts';
import { LEASE_MS, type Progress, renewLease } from './job-rows.ts';
import type { JobRun } from './kinds.ts';
import type { StopReason } from './queue.ts';

const RENEW_MS = 2_500;
/** Progress is written and published four times a second at most. */
const TICK_MS = 250;

/**
 * Keeps a claimed job's lease and writes its progress, until `release`. Aborts `signal` when someone
 * cancels the job, when the worker shuts down, and when the lease is over by this machine's own clock.
 */
export class Lease {
  readonly #vault: VaultClient;
  readonly #job: Job;
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #renewedAt = performance.now();
  #progress: Progress | null = null;
  #due = false;
  #renewing: Promise<void> | null = null;
  stopped: StopReason | null = null;

  constructor(vault: VaultClient, job: Job) {
    this.#vault = vault;
    this.#job = job;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The progress so far, counted in whole units; kept until the next tick. */
  readonly report: JobRun['report'] = (phase, done, total, unit) => {
    this.#progress = { phase, done: whole(done), total: whole(total), unit };
  };

  /** Someone changed the job's row: reads it at the next tick. */
  look(): void {
    this.#due = true;
  }

  stop(reason: StopReason): void {
    if (this.stopped) return;
    this.stopped = reason;
    this.#abort.abort(stopErrors[reason]());
  }

  /** How long the lease is certain to hold, by this machine's clock. */
  get remainingMs(): number {
    return LEASE_MS - (performance.now() - this.#renewedAt);
  }

  /** Writes the progress that was not written yet, as that of a job that others see while it waits. */
  async flush(): Promise<void> {
    await this.#renewing;
    if (this.#progress && this.remainingMs > 0) await this.#renew();
  }

  /** Stops renewing. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
  }

  #tick(): void {
    if (this.remainingMs <= 0) this.stop('LEASE_LOST');
    const old = performance.now() - this.#renewedAt >= RENEW_MS;
    if (this.#renewing || this.stopped === 'LEASE_LOST') return;
    if (!this.#due && !this.#progress && !old) return;
    this.#renewing = this.#renew().finally(() => {
      this.#renewing = null;
    });
  }

  async #renew(): Promise<void> {
    const progress = this.#progress;
    const asked = performance.now();
    this.#progress = null;
    this.#due = false;
    try {
      const answer = await renewLease(this.#vault, this.#job, progress);
      if (answer === 'LOST') this.stop('LEASE_LOST');
      else this.#renewedAt = asked;
      if (answer === 'CANCEL_REQUESTED') this.stop('CANCELLED');
    } catch {
      // The database is away: the next tick tries again, while the lease lasts.
      this.#due = true;
      this.#progress ??= progress;
    }
  }
}

function whole(count: number): bigint {
  return BigInt(Math.max(0, Math.trunc(count)));
}

const stopErrors: Record<StopReason, () => FiberkeepError> = {
  CANCELLED: () => new FiberkeepError('CANCELLED'),
  LEASE_LOST: () => new FiberkeepError('LEASE_LOST'),
  SHUTDOWN: () => new FiberkeepError('CANCELLED', { reason: 'workerStopping' }),
};
