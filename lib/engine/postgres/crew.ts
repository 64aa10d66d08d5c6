import type { Client } from 'pg';
import type { Connect } from '../ports.ts';

const CANCEL_EVERY_MS = 250;

/** Work for one connection. `run` returns the tasks that can be done now that it is. */
export interface Task {
  /** Any measure of how long it takes: the heaviest waiting task is next. */
  readonly weight: number;
  run(client: Client, signal: AbortSignal): Promise<readonly Task[]>;
}

/** Connections that work side by side, and one more to cancel their statements. */
export interface Crew extends AsyncDisposable {
  /** For work that is done alone; idle while `run` is under way. */
  readonly lead: Client;
  /**
   * Does the tasks and those that they return. At the first failure, or when `signal` aborts, cancels the
   * statements under way, waits until they have ended, and throws that first cause.
   */
  run(tasks: readonly Task[], signal: AbortSignal): Promise<void>;
}

/** Opens `size` connections and a lead, each set up by `settings`: statements separated by semicolons. */
export async function openCrew(connect: Connect, size: number, settings: string): Promise<Crew> {
  const opened = await Promise.allSettled(
    Array.from({ length: size + 1 }, () => openMember(connect, settings)),
  );
  const clients = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const close = async () => void (await Promise.allSettled(clients.map((one) => one.client.end())));
  const refused = opened.find((one) => one.status === 'rejected');
  const [lead, ...hands] = clients;
  if (refused || !lead) {
    await close();
    throw refused?.reason;
  }
  return {
    lead: lead.client,
    run: (tasks, signal) => runTasks(lead.client, hands, tasks, signal),
    [Symbol.asyncDispose]: close,
  };
}

interface Member {
  readonly client: Client;
  readonly pid: number;
}

async function openMember(connect: Connect, settings: string): Promise<Member> {
  const client = await connect();
  try {
    await client.query(settings);
    const { rows } = await client.query<{ pid: number }>(
      'SELECT pg_catalog.pg_backend_pid() AS pid',
    );
    return { client, pid: rows[0]?.pid ?? 0 };
  } catch (cause) {
    await client.end();
    throw cause;
  }
}

async function runTasks(
  lead: Client,
  hands: readonly Member[],
  tasks: readonly Task[],
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const waiting = [...tasks];
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const board = new Board(waiting, stop);
  const called: NodeJS.Timeout[] = [];
  const callOff = () => called.push(keepCancelling(lead, hands));
  stop.addEventListener('abort', callOff);
  try {
    await Promise.all(
      hands.map((hand) =>
        workThrough(board, hand.client, stop).catch((cause) => failed.abort(cause)),
      ),
    );
  } finally {
    stop.removeEventListener('abort', callOff);
    for (const timer of called) clearInterval(timer);
  }
  stop.throwIfAborted();
}

async function workThrough(board: Board, client: Client, stop: AbortSignal): Promise<void> {
  for (let task = await board.take(); task; task = await board.take()) {
    let more: readonly Task[] = [];
    try {
      more = await task.run(client, stop);
    } finally {
      board.finish(more);
    }
  }
}

/** A cancel that arrives between two statements is lost, so it is sent again until all have ended. */
function keepCancelling(lead: Client, hands: readonly Member[]): NodeJS.Timeout {
  void cancelStatements(lead, hands);
  return setInterval(() => void cancelStatements(lead, hands), CANCEL_EVERY_MS);
}

async function cancelStatements(lead: Client, hands: readonly Member[]): Promise<void> {
  await lead
    .query('SELECT pg_catalog.pg_cancel_backend(pid) FROM pg_catalog.unnest($1::int[]) AS pid', [
      hands.map((hand) => hand.pid),
    ])
    .catch(() => {}); // without a connection there is nothing left to cancel
}

/** The waiting tasks. A member that finds none waits as long as another may still add some. */
class Board {
  readonly #waiting: Task[];
  readonly #stop: AbortSignal;
  #running = 0;
  #wake: (() => void)[] = [];

  constructor(tasks: Task[], stop: AbortSignal) {
    this.#waiting = tasks;
    this.#stop = stop;
    stop.addEventListener('abort', () => this.#wakeAll(), { once: true });
  }

  async take(): Promise<Task | null> {
    while (!this.#stop.aborted) {
      const task = this.#heaviest();
      if (task) {
        this.#running++;
        return task;
      }
      if (this.#running === 0) return null;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
    return null;
  }

  finish(more: readonly Task[]): void {
    this.#running--;
    this.#waiting.push(...more);
    this.#wakeAll();
  }

  #heaviest(): Task | undefined {
    if (this.#waiting.length === 0) return undefined;
    const at = this.#waiting.reduce(
      (best, task, index, all) => (task.weight > (all[best]?.weight ?? 0) ? index : best),
      0,
    );
    return this.#waiting.splice(at, 1)[0];
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
