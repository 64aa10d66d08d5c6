import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Job } from '#generated/vault/client.ts';
import { Lease } from '#jobs/lease.ts';
import { claimNextJob, endAbandonedJobs, followJobs, type JobKind } from '#jobs/queue.ts';
import { runJob } from '#jobs/run.ts';
import { kindOf } from '#services/job-kinds.ts';
import { type Log, openLog } from '#services/log.ts';
import type { Server } from '#services/server.ts';
import { startDeliveries } from './deliveries.ts';
import { type JobHandlers, jobHandlers } from './handlers.ts';
import { startHousekeeping, startNights } from './housekeeping.ts';

/** Work is looked for this often even when nobody notified: leases that ran out notify nobody. */
const POLL_MS = 1_000;

export interface WorkerOptions {
  /** Ends the worker: its jobs are stopped and queued again, then the promise settles. */
  readonly signal: AbortSignal;
  /** Ends the worker as well when it answers true; asked after each job and about once a second. */
  readonly until?: () => boolean | Promise<boolean>;
  readonly handlers?: JobHandlers;
  /** Begin the nights that are due, too. A command that works by itself leaves them to the server. */
  readonly nights?: boolean;
  /** Nothing is logged without one. */
  readonly log?: Log;
}

/**
 * Claims and runs jobs, one of each kind at a time, until `signal` aborts. A database that goes away is
 * waited for. Any number of workers may run beside each other, in one process or many.
 */
export async function runWorker(server: Server, options: WorkerOptions): Promise<void> {
  const worker = new Worker(server, options);
  const chores = [startHousekeeping(server, worker.log), startDeliveries(server, worker.log)];
  if (options.nights) chores.push(startNights(server, worker.log));
  try {
    await worker.run();
  } finally {
    await Promise.all(chores.map((chore) => chore.stop()));
  }
}

class Worker {
  readonly log: Log;
  readonly #server: Server;
  readonly #options: WorkerOptions;
  readonly #handlers: JobHandlers;
  readonly #id = `${hostname()} ${process.pid} ${randomBytes(4).toString('hex')}`;
  readonly #running = new Map<JobKind, { lease: Lease; job: Job; ended: Promise<void> }>();
  #wake: () => void = () => {};
  #awake = false;

  constructor(server: Server, options: WorkerOptions) {
    this.#server = server;
    this.#options = options;
    this.#handlers = options.handlers ?? jobHandlers;
    this.log = options.log ?? openLog({ logLevel: 'silent' }, 'worker');
  }

  async run(): Promise<void> {
    const { signal, until } = this.#options;
    const news = followJobs(this.#server);
    const listening = this.#follow(news);
    const onAbort = () => this.#rouse();
    signal.addEventListener('abort', onAbort);
    try {
      while (!signal.aborted && !(await until?.())) {
        await this.#lookForWork();
        await this.#rest();
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      news.close();
      for (const { lease } of this.#running.values()) lease.stop('SHUTDOWN');
      await Promise.all([...this.#running.values()].map(({ ended }) => ended));
      await listening;
    }
  }

  /** Wakes on news of jobs; a job that runs here looks at its row, which may say that it is cancelled. */
  async #follow(news: AsyncIterable<string | null>): Promise<void> {
    for await (const id of news) {
      this.#rouse();
      for (const { lease, job } of this.#running.values())
        if (id === null || id === job.id) lease.look();
    }
  }

  async #lookForWork(): Promise<void> {
    try {
      await endAbandonedJobs(this.#server);
      for (;;) {
        const free = this.#freeKinds();
        if (free.length === 0 || this.#options.signal.aborted) return;
        const job = await claimNextJob(this.#server, free, this.#id);
        if (!job) return;
        this.#start(job);
      }
    } catch (error) {
      this.log.warn({ err: error }, 'no work could be claimed; trying again');
    }
  }

  #freeKinds(): JobKind[] {
    const kinds = Object.keys(this.#handlers) as JobKind[];
    return kinds.filter((kind) => !this.#running.has(kind));
  }

  #start(job: Job): void {
    const kind = kindOf(job);
    const handler = this.#handlers[kind];
    if (!handler) throw new RangeError(`No handler for ${kind}, which was not asked for`);
    const lease = new Lease(this.#server, job);
    this.log.debug({ job: job.id, kind, attempt: job.attempts }, 'job begins');
    const ended = runJob(this.#server, job, lease, handler, this.log).finally(() => {
      this.#running.delete(kind);
      this.#rouse();
    });
    this.#running.set(kind, { lease, job, ended });
  }

  #rouse(): void {
    this.#awake = true;
    this.#wake();
  }

  async #rest(): Promise<void> {
    if (!this.#awake) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, POLL_MS);
      });
      clearTimeout(timer);
    }
    this.#awake = false;
  }
}
