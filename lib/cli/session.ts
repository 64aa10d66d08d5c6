import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, readConfig } from '#config';
import { FiberkeepError } from '#errors';
import { Closers } from '#launcher/closers.ts';
import { openInstallation } from '#launcher/installation.ts';
import { lockHolder } from '#launcher/lock.ts';
import { type RunFile, readRunFile } from '#launcher/run-file.ts';
import { become, findUnprivileged } from '#launcher/unprivileged.ts';
import {
  type Action,
  type Caller,
  type InPerson,
  localActor,
  permitInPerson,
} from '#services/permit.ts';
import { scheduleZone } from '#services/schedule/schedule-zone.ts';
import { openServer, type Server } from '#services/server.ts';
import { assertOwnVault } from '#services/vault-store/claim-vault.ts';
import { type OwnWorker, runAlone } from './run-alone.ts';

/** What a command works with. */
export interface Session {
  readonly server: Server;
  readonly actor: Caller;
  /** The schedule's zone, in which the command writes moments. */
  readonly timeZone: string;
  /** The running server; null where the command does the work itself. */
  readonly running: RunFile | null;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  permit<A extends Action>(action: A): Promise<InPerson<A>>;
  /** Starts a worker here unless a server runs. `close` waits for the jobs that are due. */
  work(): void;
  close(): Promise<void>;
}

const STARTING_MS = 120_000;

/**
 * With a running server, uses its database and leaves the work to its worker. Without one, starts the
 * embedded database and a worker in this process, and holds the lock on the data folder.
 */
export async function openSession(say: (line: string) => void): Promise<Session> {
  const config = readConfig();
  const stop = new AbortController();
  process.on('SIGINT', () => stop.abort());
  process.on('SIGTERM', () => stop.abort());
  const closers = new Closers();
  const actor = localActor(os.userInfo().username);
  const user = await findUnprivileged(config.dataDir);
  // What the command writes there is theirs, too.
  if (user) await become(user, config.dataDir);
  try {
    const running = await runningServer(config, stop.signal);
    const server = running
      ? await openBeside(config, running, closers)
      : await openAlone(config, closers, stop.signal, say);
    let worker: OwnWorker | null = null;
    closers.add(async () => worker?.finish(stop.signal));
    return {
      server,
      actor,
      timeZone: await scheduleZone(server),
      running,
      signal: stop.signal,
      permit: (action) => permitInPerson(server, actor, action),
      work() {
        if (!running) worker ??= runAlone(server);
      },
      close: () => closers.close(),
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** The running server, waiting for one that is starting or ending; null without one, or beside another command. */
async function runningServer(config: Config, signal: AbortSignal): Promise<RunFile | null> {
  for (const deadline = Date.now() + STARTING_MS; ; ) {
    const holder = await lockHolder(config.dataDir);
    if (holder?.program !== 'server') return null;
    const run = await readRunFile(config.dataDir);
    if (run?.pid === holder.pid && !holder.ending) return run;
    if (Date.now() > deadline)
      throw new FiberkeepError('DATABASE_UNREACHABLE', { reason: 'serverStarting' });
    await sleep(100, undefined, { signal });
  }
}

async function openBeside(config: Config, running: RunFile, closers: Closers): Promise<Server> {
  const server = await openServer({ ...config, databaseUrl: running.databaseUrl });
  closers.add(() => server.close());
  await assertOwnVault(server);
  return server;
}

async function openAlone(
  config: Config,
  closers: Closers,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Server> {
  const installation = await openInstallation(config, 'command-line', { say, signal });
  closers.add(() => installation[Symbol.asyncDispose]());
  const server = await openServer(installation.config);
  closers.add(() => server.close());
  return server;
}
