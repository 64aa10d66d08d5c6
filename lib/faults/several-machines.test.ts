import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildWhenChanged } from '#launcher/build.ts';
import { RUN } from '#launcher/root.ts';
import { hashPassword } from '#services/accounts/passwords.ts';
import { seedRoles } from '#services/accounts/set-up.ts';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { freePort } from '#testing/free-port.ts';
import { noNightSoon } from '#testing/no-night-soon.ts';
import { until } from '#testing/process-tree.ts';
import { assertWhole } from './whole.ts';
import { World } from './world.ts';

const WITHIN = 300_000;
const SETTLES_WITHIN_MS = 120_000;
const EMAIL = 'machines@example.net';
const PASSWORD = 'correct horse battery staple';

const program = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const webMain = program('../web/main.ts');
const workerMain = program('../worker/main.ts');
/** Settings that all machines share. */
const everywhere: Record<string, string> = {
  ...noNightSoon(),
  NODE_ENV: 'production',
  NEXT_TELEMETRY_DISABLED: '1',
  HOST: '127.0.0.1',
  PUBLIC_URL: '',
};
const faultyWorker = program('./faulty-worker.fixture.ts');

let database: TestDatabase;
let world: World;
/** The processes of both machines. */
const processes: ChildProcess[] = [];
let firstUrl: string;
let secondUrl: string;
let cookie: string;

beforeAll(async () => {
  await buildWhenChanged(() => {});
  database = await openTestDatabase();
  world = await World.open(database.url);
  [firstUrl, secondUrl] = [await startWeb(), await startWeb()];
  startProcess(workerMain);
  startProcess(workerMain);
  for (const url of [firstUrl, secondUrl]) await until(() => isHealthy(url), SETTLES_WITHIN_MS);
  await makeAdministrator();
  cookie = await signIn();
}, WITHIN);

afterAll(async () => {
  for (const child of processes) child.kill('SIGKILL');
  await world[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
}, WITHIN);

function startProcess(path: string, env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [RUN, path], {
    env: { ...process.env, ...world.env, ...everywhere, ...env },
    stdio: 'inherit',
  });
  processes.push(child);
  return child;
}

/** Returns its URL; it may not listen yet. */
async function startWeb(): Promise<string> {
  const port = String(await freePort());
  startProcess(webMain, { PORT: port });
  return `http://127.0.0.1:${port}`;
}

/** Stops the workers in order, so that they release everything. */
async function endWorkers(): Promise<void> {
  for (const child of processes.filter(({ spawnargs }) => spawnargs.includes(workerMain)))
    await end(child);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

function isHealthy(url: string): Promise<boolean> {
  return fetch(`${url}/api/health`).then(
    (answer) => answer.ok,
    () => false,
  );
}

interface Answer {
  readonly status: number;
  readonly data: Record<string, unknown> | null;
  readonly cookie: string;
}

async function send(
  url: string,
  query: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(`${url}/api/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  const { data = null } = (await answer.json()) as { data?: Record<string, unknown> | null };
  const set = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  return { status: answer.status, data, cookie: set };
}

async function makeAdministrator(): Promise<void> {
  const { plant } = world.server;
  await seedRoles(world.server);
  const role = await plant.role.findUniqueOrThrow({ where: { name: 'Administrator' } });
  const passwordHash = await hashPassword(PASSWORD);
  await plant.user.create({ data: { email: EMAIL, name: 'Ana', passwordHash, roleId: role.id } });
}

async function signIn(): Promise<string> {
  const query = `mutation { signIn(email: "${EMAIL}", password: "${PASSWORD}") { me { actions } } }`;
  return (await send(firstUrl, query)).cookie;
}

/** One field of a machine's answer to a person. */
async function ask<T>(url: string, query: string): Promise<T> {
  const { data, status } = await send(url, query, { cookie });
  if (!data) throw new Error(`${url} answered ${status} to ${query}`);
  return Object.values(data)[0] as T;
}

/** The payloads of a machine's event stream, until it ends. */
async function* listen(
  url: string,
  subscription: string,
  headers: Record<string, string>,
): AsyncGenerator<Record<string, unknown>> {
  const answer = await fetch(`${url}/api/graphql/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: JSON.stringify({ query: subscription }),
  });
  let text = '';
  for await (const piece of answer.body ?? []) {
    text += Buffer.from(piece).toString();
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = /^event: next\ndata: (.*)$/s.exec(event)?.[1];
      if (data) yield JSON.parse(data).data as Record<string, unknown>;
    }
  }
}

async function createBackup(url: string, name: string): Promise<string> {
  const { job } = await ask<{ job: { id: string } }>(
    url,
    `mutation { createBackup(input: { name: "${name}" }) { job { id } } }`,
  );
  return job.id;
}

const jobEnded = async (id: string) => (await world.job(id)).endedAt !== null;

describe('two machines on one database and one data folder', { timeout: WITHIN }, () => {
  test('show the progress of a job on either machine', async () => {
    const id = await createBackup(firstUrl, 'seen everywhere');
    const statesSeenBy = async (url: string) => {
      const states: string[] = [];
      const watch = `subscription { jobProgress(id: "${id}") { status } }`;
      for await (const { jobProgress } of listen(url, watch, { cookie }))
        states.push((jobProgress as { status: string }).status);
      return states.at(-1);
    };
    expect(await Promise.all([firstUrl, secondUrl].map(statesSeenBy))).toEqual([
      'SUCCEEDED',
      'SUCCEEDED',
    ]);
    for (const url of [firstUrl, secondUrl])
      expect(await ask(url, '{ backups(search: "seen everywhere") { totalCount } }')).toEqual({
        totalCount: 1,
      });
  });

  test('end a key, and what it has open, on both when it is revoked on one', async () => {
    const { secret, apiKey } = await ask<{ secret: string; apiKey: { id: string } }>(
      firstUrl,
      'mutation { createApiKey(input: { name: "k", actions: ["backup.view"] }) { secret apiKey { id } } }',
    );
    const key = { authorization: `Bearer ${secret}` };
    const urls = [firstUrl, secondUrl];
    const statuses = async () =>
      Promise.all(urls.map(async (url) => (await send(url, '{ me { actions } }', key)).status));
    expect(await statuses()).toEqual([200, 200]);
    const streams = urls.map((url) => listen(url, 'subscription { systemEvents { kind } }', key));
    for (const stream of streams) expect((await stream.next()).done).toBe(false);
    await ask(secondUrl, `mutation { revokeApiKey(id: "${apiKey.id}") { id } }`);
    expect(await statuses()).toEqual([401, 401]);
    for (const stream of streams) for await (const _ of stream); // until it ends
  });

  test('run a night once, and mark those before it that nobody ran', async () => {
    const { vault } = world.server;
    await until(async () => (await vault.schedule.count()) > 0, SETTLES_WITHIN_MS);
    await vault.$executeRaw`UPDATE vault.schedule SET owed_from = current_date - 3`;
    await until(
      async () => (await vault.night.count({ where: { status: 'SUCCEEDED' } })) > 0,
      SETTLES_WITHIN_MS,
    );
    const nights = await vault.night.findMany({ orderBy: { localDate: 'asc' } });
    const dates = nights.map(({ localDate }) => localDate.getTime());
    expect(new Set(dates).size).toBe(dates.length);
    const begun = nights.filter(({ status }) => status !== 'MISSED');
    expect(begun).toMatchObject([{ status: 'SUCCEEDED', attempts: 1 }]);
    expect(nights.length).toBeGreaterThan(begun.length);
    const automatic = { kind: 'AUTOMATIC' };
    expect(await vault.backup.count({ where: automatic })).toBe(1);
    const jobs = await vault.job.findMany({ where: { kind: 'CREATE_BACKUP' } });
    const ofNights = jobs.filter(({ input }) => (input as { kind?: string }).kind === 'AUTOMATIC');
    expect(ofNights).toHaveLength(1);
  });

  test('let nothing be committed by a worker that stood still past its lease', async () => {
    await endWorkers();
    const paused = startProcess(faultyWorker, { DIE_AT: 'finish', DIE_BY: 'SIGSTOP' });
    const id = await createBackup(secondUrl, 'taken over');
    await until(async () => (await stateOf(paused)) === 'T', SETTLES_WITHIN_MS);
    const stalled = await world.job(id);
    expect(stalled).toMatchObject({ status: 'RUNNING', attempts: 1 });
    startProcess(workerMain);
    // Its lease runs out, and the other worker takes over the job.
    await until(() => jobEnded(id), SETTLES_WITHIN_MS);
    const made = await world.job(id);
    expect(made).toMatchObject({ status: 'SUCCEEDED', attempts: 2 });
    const backups = () => world.server.vault.backup.findMany({ where: { name: 'taken over' } });
    // What changed since the one before is counted later, by a job of its own.
    await until(async () => (await backups())[0]?.changes !== null, SETTLES_WITHIN_MS);
    const [backup] = await backups();

    // It wakes, may not commit, and takes the next job: no other worker is left.
    await endWorkers();
    paused.kill('SIGCONT');
    const next = await createBackup(firstUrl, 'by the one that woke');
    await until(() => jobEnded(next), SETTLES_WITHIN_MS);
    expect(await world.job(next)).toMatchObject({ status: 'SUCCEEDED', attempts: 1 });
    expect(await backups()).toEqual([backup]);
    expect(await world.job(id)).toEqual(made);
  });

  test('leave everything whole', async () => {
    for (const child of processes) await end(child);
    await world.expireLeases();
    await world.settle();
    await assertWhole(world, await world.plant());
  });
});

/** The state of a process in ps(1); `T` means stopped. */
async function stateOf({ pid }: ChildProcess): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'state=', '-p', String(pid)]);
  return stdout.trim().charAt(0);
}
