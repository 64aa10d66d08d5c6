import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { type Config, readConfig } from '#config';
import { asFiberkeepError, errorText, FiberkeepError, messageOf } from '#errors';
import { keyToInstall } from '#services/recovery/install-key.ts';
import { buildWhenChanged } from './build.ts';
import { type KeptChild, keepRunning } from './child.ts';
import { Closers } from './closers.ts';
import { replaceServerKey } from './data-dir.ts';
import { type Installation, openInstallation } from './installation.ts';
import { assertUnlocked } from './lock.ts';
import { settlePort } from './port.ts';
import { RUN } from './root.ts';
import { readRunFile, removeRunFile, writeRunFile } from './run-file.ts';
import { endSteps } from './run-step.ts';
import { firstAdministrator } from './set-up.ts';
import { become, findUnprivileged } from './unprivileged.ts';
import { WORKER_ENV, WORKER_FLAGS } from './worker-memory.ts';

/** `npm start`: sets up what is missing, keeps the web and worker processes alive, stops them in order. */
// As for a command: the launcher asks the database little, and then waits.
setFlagsFromString('--liftoff-only');

const dev = process.argv.includes('--dev');
/** `leash.ts` ends the processes of a launcher that is gone. */
const WEB_ENDS_MS = 10_000;
/** Whoever gave the kit is answered before the web process ends. */
const ANSWERED_MS = 500;
const began = performance.now();
const SECRETS = ['ADMIN_PASSWORD', 'DATABASE_URL', 'SERVER_KEY'];
const stopped = new AbortController();
const closers = new Closers();

async function launch(): Promise<void> {
  const read = readConfig();
  // No child inherits them: the web and worker processes are handed what they need.
  for (const name of SECRETS) delete process.env[name];
  // Check the lock before the port: a running server most likely holds both.
  await assertUnlocked(read.dataDir, { say, signal: stopped.signal });
  const config = { ...read, port: await settleOwnPort(read) };
  await leaveRoot(config);
  const installation = await openInstallation(config, 'server', {
    say,
    signal: stopped.signal,
    prepare,
  });
  closers.add(() => installation[Symbol.asyncDispose]());
  stopped.signal.throwIfAborted();
  const setUpPath = await firstAdministrator(installation.config);
  stopped.signal.throwIfAborted();
  await startProcesses(installation);
  closers.add(() => installation.announceEnd());
  await untilHealthy(config);
  await announce(installation, setUpPath);
}

/** Gives root's rights up. The pages are built before, because only root may write into a checkout of root's. */
async function leaveRoot({ dataDir, host, port }: Config): Promise<void> {
  const user = dev ? null : await findUnprivileged(dataDir);
  if (!user) return;
  await prepare();
  await become(user, dataDir);
  // That user may be refused a port that root was granted.
  await settlePort(host, port, 0);
}

/** The web process of a server that was killed is given time to leave the port. */
async function settleOwnPort({ dataDir, host, port }: Config): Promise<number> {
  const killed = await readRunFile(dataDir);
  return settlePort(host, port, killed ? WEB_ENDS_MS : 0);
}

async function prepare(): Promise<void> {
  if (!dev) await buildWhenChanged(say);
  stopped.signal.throwIfAborted();
}

async function startProcesses({ config }: Installation): Promise<void> {
  const env = {
    NODE_ENV: dev ? 'development' : 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    PORT: String(config.port),
    DATA_DIR: config.dataDir,
    DATABASE_URL: config.databaseUrl,
    ...(config.serverKey !== null && { SERVER_KEY: config.serverKey }),
  };
  const onMessage = (message: unknown) => {
    const serverKey = keyToInstall(message);
    if (serverKey) void installKey(config, children, serverKey).catch(complain);
  };
  const children: KeptChild[] = [
    keepRunning('web', [RUN, 'lib/web/main.ts', ...(dev ? ['--dev'] : [])], env, {
      say,
      onMessage,
    }),
    keepRunning(
      'worker',
      [...WORKER_FLAGS, RUN, 'lib/worker/main.ts'],
      { ...env, ...WORKER_ENV },
      { say },
    ),
  ];
  closers.add(() => Promise.all(children.map((child) => child.stop())));
  closers.add(() => removeRunFile(config.dataDir));
  await writeRunFile(config.dataDir, {
    pid: process.pid,
    url: address(config),
    databaseUrl: config.databaseUrl,
    startedAt: new Date().toISOString(),
  });
}

let installing: Promise<void> = Promise.resolve();

/**
 * Installs the key of a recovery kit while neither web nor worker runs: no two of them ever work with two keys. The
 * web process has written down before what it is for.
 */
function installKey(
  { dataDir, serverKey: fixed }: Config,
  children: readonly KeptChild[],
  serverKey: Buffer,
): Promise<void> {
  installing = installing.then(async () => {
    if (stopped.signal.aborted || fixed !== null) return;
    say('The key of a recovery kit is installed; the server starts again with it.');
    await sleep(ANSWERED_MS);
    await Promise.all(children.map((child) => child.stop()));
    try {
      await replaceServerKey(dataDir, serverKey);
    } finally {
      if (!stopped.signal.aborted) for (const child of children) child.start();
    }
  });
  return installing;
}

async function untilHealthy(config: Config): Promise<void> {
  const url = `${localAddress(config)}/api/health/live`;
  while (
    !(await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    stopped.signal.throwIfAborted();
    await sleep(50);
  }
}

async function announce({ config }: Installation, setUpPath: string | null): Promise<void> {
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  say(`Fiberkeep runs at ${address(config)} (ready in ${seconds} s; Ctrl-C ends it).`);
  if (setUpPath) say(`Make the first administrator, once: ${address(config)}${setUpPath}`);
}

function address(config: Config): string {
  return config.publicUrl?.replace(/\/$/, '') ?? localAddress(config);
}

/** The loopback stands in for an address that means every interface. */
function localAddress({ host, port }: Config): string {
  const local = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${local.includes(':') ? `[${local}]` : local}:${port}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Stops everything, each step with a deadline. A second signal is ignored: npm forwards a Ctrl-C that came here too. */
async function stop(code: number): Promise<void> {
  if (stopped.signal.aborted) return;
  stopped.abort(new FiberkeepError('CANCELLED'));
  endSteps();
  // The closers learn of a process only once it has started.
  await launched;
  await installing.catch(() => {});
  await closers.close().catch(complain);
  process.exit(code);
}

function complain(thrown: unknown): void {
  const error = asFiberkeepError(thrown);
  const message = messageOf(error);
  const { hint } = errorText(error);
  process.stderr.write(`${`${error.code}: ${message} ${hint}`.trim()}\n`);
}

process.on('SIGINT', () => void stop(0));
process.on('SIGTERM', () => void stop(0));
process.on('SIGHUP', () => void stop(0));

const launched = launch().then(
  () => true,
  (error) => {
    if (!stopped.signal.aborted) complain(error);
    return false;
  },
);
if (!(await launched) && !stopped.signal.aborted) await stop(1);
