import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RUN } from '#launcher/root.ts';
import { requestApply, requestUndoImport } from '#services/imports/apply-import.ts';
import { receiveImportFile } from '#services/imports/import-files.ts';
import { countsOf } from '#services/imports/import-rows.ts';
import { requestImport } from '#services/imports/request-import.ts';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { may, type Plant, World } from './world.ts';

const faulty = fileURLToPath(new URL('./faulty-worker.fixture.ts', import.meta.url));
const DIES_WITHIN_MS = 60_000;
/** A worker reports each thousand of rows. */
const ROWS = 1_200;

let database: TestDatabase;
let world: World;
let processes: ChildProcess[];
/** Without the rows of the file. */
let before: Plant;

beforeEach(async () => {
  database = await openTestDatabase();
  world = await World.open(database.url);
  processes = [];
  before = await world.plant();
});

afterEach(async () => {
  for (const worker of processes) worker.kill('SIGKILL');
  await world[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** A worker process dies; then a sound worker takes its place. Answers how many rows were there in between. */
async function dieAndRecover(env: Record<string, string>): Promise<number> {
  const worker = spawn(process.execPath, [RUN, faulty], {
    env: { ...process.env, ...world.env, ...env },
    stdio: 'inherit',
  });
  processes.push(worker);
  const [, signal] = await once(worker, 'exit', { signal: AbortSignal.timeout(DIES_WITHIN_MS) });
  expect(signal).toBe('SIGKILL');
  const between = await imported();
  await world.expireLeases();
  await world.settle();
  return between;
}

async function* table() {
  yield Buffer.from('tipo;nome;latitude;longitude;projeto;etiquetas\n');
  for (let n = 0; n < ROWS; n++)
    yield Buffer.from(`poste;K-${n};-23,${1000 + n};-46,5;Do arquivo;marcado\n`);
}

const permit = () => may(world.server, 'network.import');
const find = (id: string) => world.server.vault.import.findUniqueOrThrow({ where: { id } });

/** Asks for the file to be read; answers the import and its job. */
async function read(): Promise<{ id: string; jobId: string }> {
  const may = await permit();
  const file = await receiveImportFile(world.server, may, { name: 'rede.csv', bytes: table() });
  const { job } = await requestImport(world.server, may, { fileId: file.id });
  return { id: file.id, jobId: job.id };
}

async function preview(): Promise<string> {
  const { id } = await read();
  await world.settle();
  expect((await find(id)).status).toBe('READY');
  return id;
}

const imported = () => world.server.plant.pole.count({ where: { name: { startsWith: 'K-' } } });

/** The scratch schemas there are. */
async function schemas(): Promise<string[]> {
  const { rows } = await world.server.pool.query<{ name: string }>(
    "SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'import\\_%'",
  );
  return rows.map(({ name }) => name);
}

describe('a worker killed while it reads a file, at', () => {
  const steps = ['readingImport', 'matching', 'before commit', 'after commit'];
  test.each(steps)(
    '%s: the next one reads it, and only its scratch schema is left',
    async (step) => {
      const { id, jobId } = await read();
      expect(await dieAndRecover({ DIE_AT: step })).toBe(0);
      expect(await world.job(jobId)).toMatchObject({ status: 'SUCCEEDED' });
      const found = await find(id);
      expect(countsOf(found)).toEqual([
        { kind: 'pole', state: 'NEW', count: ROWS },
        { kind: 'project', state: 'NEW', count: 1 },
      ]);
      expect(await schemas()).toEqual([found.scratchSchema]);
      expect(await world.plant()).toEqual(before);
    },
  );
});

const moments = ['statement 2', 'statement 6', 'before commit', 'after commit'];

describe('a worker killed while it imports, at', () => {
  test.each(moments)('%s: there is none of it or all, and all in the end', async (step) => {
    const id = await preview();
    const { job } = await requestApply(world.server, await permit(), id);
    const between = await dieAndRecover({ DIE_AT: step });
    expect(between).toBe(step === 'after commit' ? ROWS : 0);
    expect(await world.job(job.id)).toMatchObject({ status: 'SUCCEEDED' });
    expect((await find(id)).status).toBe('APPLIED');
    expect(await imported()).toBe(ROWS);
    expect(await schemas()).toEqual([]);
  });

  test('a bug that commits the rows before the job is caught', async () => {
    const id = await preview();
    await requestApply(world.server, await permit(), id);
    expect(await dieAndRecover({ PLANTED: 'ROWS_FIRST' })).toBe(ROWS);
    expect((await find(id)).status).not.toBe('READY');
    const { jobId } = await find(id);
    expect((await world.job(jobId ?? '')).status).not.toBe('SUCCEEDED');
  });
});

test('a worker killed while it undoes an import leaves all of it or none, and none in the end', async () => {
  const id = await preview();
  await requestApply(world.server, await permit(), id);
  await world.settle();
  expect(await imported()).toBe(ROWS);
  const { changeSetId } = await find(id);
  await requestUndoImport(world.server, await permit(), changeSetId ?? '');
  expect(await dieAndRecover({ DIE_AT: 'before commit' })).toBe(ROWS);
  expect(await world.plant()).toEqual(before);
});
