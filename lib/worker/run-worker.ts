import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Job } from '#generated/vault/client.ts';
import type { JobKind } from '#jobs/kinds.ts';
import { Lease } from '#jobs/lease.ts';
import { claimJob, endAbandonedJobs, followJobs } from '#jobs/queue.ts';
import { runJob } from '#jobs/run.ts';
import { type JobKindName, jobKinds } from '#services/job-kinds.ts';
import { type Log, openLog, type Server } from '#services/server.ts';
import { startDeliveries } from './deliveries.ts';
import { startHousekeeping, startNights } from './housekeeping.ts';

/** Runs jobs of one kind. */
export type RunJob = JobKind<unknown, Server>['run'];

/** What runs jobs, by their kinds. */
export type JobRuns = { readonly [Kind in JobKindName]?: (typeof jobKinds)[Kind]['run'] };

/** Looks for work this often without an event, because a lease that runs out sends none. */
const POLL_MS = 1_000;

export interface WorkerOptions {
  /** Ends the worker: its jobs are stopped and queued again, then the promise settles. */
  readonly signal: AbortSignal;
  /** Ends the worker when it answers true. Asked after each job and about once a second. */
  readonly until?: () => boolean | Promise<boolean>;
  /** Replaces what runs the jobs; only these kinds are claimed then. */
  readonly runs?: JobRuns;
  /** Also begin the nights that are due. Commands leave those to the server. */
  readonly nights?: boolean;
  /** Nothing is logged without one. */
  readonly log?: Log;
}

/**
 * Claims and runs jobs, as many of each kind at a time as it allows, until `signal` aborts. Waits for a database that goes
 * away. Any number of workers may run at once, in one process or many.
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
  readonly #kinds: ReadonlyMap<string, JobKind<unknown, Server>>;
  readonly #id = `${hostname()} ${process.pid} ${randomBytes(4).toString('hex')}`;
  /** By their ids. */
  readonly #running = new Map<string, { lease: Lease; job: Job; ended: Promise<void> }>();
  #wake: () => void = () => {};
  #awake = false;

  constructor(server: Server, options: WorkerOptions) {
    this.#server = server;
    this.#options = options;
    this.#kinds = kindsOf(options.runs);
    this.log = options.log ?? openLog({ logLevel: 'silent' }, 'worker');
  }

  async run(): Promise<void> {
    const { signal, until } = this.#options;
    const changes = followJobs(this.#server.databaseUrl);
    const listening = this.#follow(changes);
    const onAbort = () => this.#rouse();
    signal.addEventListener('abort', onAbort);
    try {
      while (!signal.aborted && !(await until?.())) {
        await this.#lookForWork();
        await this.#rest();
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      changes.close();
      for (const { lease } of this.#running.values()) lease.stop('SHUTDOWN');
      await Promise.all([...this.#running.values()].map(({ ended }) => ended));
      await listening;
    }
  }

  /** Wakes when a job changes; one that runs here reads its row, which may say that it is cancelled. */
  async #follow(changes: AsyncIterable<string | null>): Promise<void> {
    for await (const id of changes) {
      this.#rouse();
      for (const { lease, job } of this.#running.values())
        if (id === null || id === job.id) lease.look();
    }
  }

  async #lookForWork(): Promise<void> {
    try {
      await endAbandonedJobs(this.#server.vault, jobKinds);
      for (;;) {
        const free = this.#freeKinds();
        if (free.length === 0 || this.#options.signal.aborted) return;
        const job = await claimJob(this.#server.vault, free, this.#id);
        if (!job) return;
        this.#start(job);
      }
    } catch (error) {
      this.log.warn({ err: error }, 'no work could be claimed; trying again');
    }
  }

  #freeKinds(): string[] {
    const running = [...this.#running.values()].map(({ job }) => job.kind);
    return [...this.#kinds.values()]
      .filter(({ kind, atOnce = 1 }) => running.filter((one) => one === kind).length < atOnce)
      .map(({ kind }) => kind);
  }

  #start(job: Job): void {
    const kind = this.#kinds.get(job.kind);
    if (!kind) throw new RangeError(`${job.kind} was claimed, and not asked for`);
    const { vault } = this.#server;
    const { log } = this;
    const lease = new Lease(vault, job);
    log.debug({ job: job.id, kind: job.kind, attempt: job.attempts }, 'job begins');
    const request = { vault, context: this.#server, kind, job, lease, log };
    const ended = runJob(request).finally(() => {
      this.#running.delete(job.id);
      this.#rouse();
    });
    this.#running.set(job.id, { lease, job, ended });
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

function kindsOf(runs: JobRuns | undefined): Map<string, JobKind<unknown, Server>> {
  const all: JobKind<unknown, Server>[] = Object.values(jobKinds);
  if (!runs) return new Map(all.map((kind) => [kind.kind, kind]));
  const chosen = new Map<string, JobKind<unknown, Server>>();
  for (const kind of all) {
    const run = runs[kind.kind as JobKindName] as RunJob | undefined;
    if (run) chosen.set(kind.kind, { ...kind, run });
  }
  return chosen;
}
