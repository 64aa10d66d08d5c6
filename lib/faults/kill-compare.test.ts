import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backup } from '#generated/vault/client.ts';
import { RUN } from '#launcher/root.ts';
import { randomOf } from '#plant/sample/random.ts';
import { requestUndo } from '#services/bring-back/undo-change-set.ts';
import { applyRestore } from '#services/restores/apply-restore.ts';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { assertNothingOfCompares } from './whole.ts';
import { may, type Plant, World } from './world.ts';

const main = fileURLToPath(new URL('../worker/main.ts', import.meta.url));
const faulty = fileURLToPath(new URL('./faulty-worker.fixture.ts', import.meta.url));
const DIES_WITHIN_MS = 60_000;
/** Rounds of three kills each. */
const RANDOM_ROUNDS = Number(process.env.FAULTS_COMPARE_ROUNDS ?? 2);
const SEED = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000);

let database: TestDatabase;
let world: World;
let processes: ChildProcess[];
let earlier: Backup;
/** With all posts, and after some were deleted. */
let whole: Plant;
let lacking: Plant;

beforeEach(async () => {
  database = await openTestDatabase();
  world = await World.open(database.url);
  processes = [];
  earlier = await world.backup('earlier');
  whole = await world.plant();
  await world.server.pool.query(`DELETE FROM plant.post WHERE hashtext(id::text) % 3 = 0`);
  lacking = await world.plant();
});

afterEach(async () => {
  for (const worker of processes) worker.kill('SIGKILL');
  await world[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

function startProcess(program: string, env: Record<string, string> = {}): ChildProcess {
  const worker = spawn(process.execPath, [RUN, program], {
    env: { ...process.env, ...world.env, ...env },
    stdio: 'inherit',
  });
  processes.push(worker);
  return worker;
}

/** A worker process dies; the plant is one of the two; then a sound worker takes its place. */
async function dieAndRecover(env: Record<string, string>): Promise<void> {
  const worker = startProcess(faulty, env);
  const [, signal] = await once(worker, 'exit', { signal: AbortSignal.timeout(DIES_WITHIN_MS) });
  expect(signal).toBe('SIGKILL');
  expect([whole, lacking]).toContainEqual(await world.plant());
  await world.expireLeases();
  await world.settle();
}

const compareNow = () => world.requestCompare(earlier);
const bringBack = (compareId: string) => world.requestBringBack(compareId);

const undo = async (id: string) =>
  requestUndo(world.server, await may(world.server, 'backup.restore'), id);

const statusOf = async (id: string) =>
  (await world.server.vault.changeSet.findUniqueOrThrow({ where: { id } })).status;

/** A change set that is applied, without any fault. */
async function appliedSet(): Promise<string> {
  const { id } = await compareNow();
  await world.settle();
  const { changeSet } = await bringBack(id);
  await world.settle();
  expect(await statusOf(changeSet.id)).toBe('APPLIED');
  return changeSet.id;
}

const assertNothingLeft = (plant: Plant) => assertNothingOfCompares(world, plant);

describe('a worker killed while it compares, at', () => {
  const steps = [
    'snapshot',
    'comparing',
    'settling',
    'describing',
    'before commit',
    'after commit',
  ];
  test.each(steps)(
    '%s: the compare is made by the next, and nothing is left of it',
    async (step) => {
      const { id, job } = await compareNow();
      await dieAndRecover({ DIE_AT: step });
      expect(await world.job(job.id)).toMatchObject({ status: 'SUCCEEDED' });
      const compare = await world.server.vault.compare.findUniqueOrThrow({ where: { id } });
      expect(compare.status).toBe('READY');
      await assertNothingLeft(lacking);
    },
  );
});

describe('a worker killed while it checks a restore, at', () => {
  test.each(['checking', 'before commit'])(
    '%s: the next tells what it would have',
    async (step) => {
      const { id: compareId } = await compareNow();
      await world.settle();
      const restore = await world.stage(earlier);
      const confirmed = { confirmName: restore.backupName, compareId };
      await applyRestore(
        world.server,
        await may(world.server, 'backup.restore'),
        restore.id,
        confirmed,
      );
      await dieAndRecover({ DIE_AT: step });
      const { id } = restore;
      const { asAnnounced } = await world.server.vault.restore.findUniqueOrThrow({ where: { id } });
      expect(asAnnounced).toBe(true);
      await assertNothingLeft(whole);
    },
  );
});

const moments = ['statement 1', 'statement 9', 'statement 20', 'before commit', 'after commit'];

describe('a worker killed while it brings rows back, at', () => {
  test.each(moments)(
    '%s: all of them are back in the end, and the change set says so',
    async (step) => {
      const { id } = await compareNow();
      await world.settle();
      const { job, changeSet } = await bringBack(id);
      await dieAndRecover({ DIE_AT: step });
      expect(await world.job(job.id)).toMatchObject({ status: 'SUCCEEDED' });
      expect(await statusOf(changeSet.id)).toBe('APPLIED');
      await assertNothingLeft(whole);
    },
  );

  test('a bug that commits the rows before the job is caught', async () => {
    const { id } = await compareNow();
    await world.settle();
    const { job, changeSet } = await bringBack(id);
    await dieAndRecover({ PLANTED: 'ROWS_FIRST' });
    const isAsItShould =
      (await world.job(job.id)).status === 'SUCCEEDED' &&
      (await statusOf(changeSet.id)) === 'APPLIED';
    expect(isAsItShould).toBe(false);
  });
});

describe('a worker killed while it undoes a change set, at', () => {
  test.each(moments)('%s: all of it is undone in the end', async (step) => {
    const id = await appliedSet();
    const { job } = await undo(id);
    await dieAndRecover({ DIE_AT: step });
    expect(await world.job(job.id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await statusOf(id)).toBe('UNDONE');
    await assertNothingLeft(lacking);
  });
});

describe('a worker killed at any moment of these', () => {
  const random = randomOf('compare kills', SEED);

  test(`leaves old or new (FAULTS_SEED=${SEED})`, {
    timeout: 60_000 + RANDOM_ROUNDS * 60_000,
  }, async () => {
    for (let round = 0; round < RANDOM_ROUNDS; round++) {
      const { id } = await compareNow();
      await killAtRandom('COMPARE', 1_500);
      const { changeSet } = await bringBack(id);
      await killAtRandom('BRING_BACK', 400);
      expect(await statusOf(changeSet.id)).toBe('APPLIED');
      expect(await world.plant()).toEqual(whole);
      await undo(changeSet.id);
      await killAtRandom('UNDO_CHANGE_SET', 400);
      expect(await statusOf(changeSet.id)).toBe('UNDONE');
      await assertNothingLeft(lacking);
    }
  });

  async function killAtRandom(kind: string, mostMs: number): Promise<void> {
    const worker = startProcess(main);
    await expect
      .poll(() => world.server.vault.job.count({ where: { kind, status: { not: 'QUEUED' } } }), {
        timeout: 30_000,
        interval: 10,
      })
      .toBeGreaterThan(0);
    await sleep(random.next() * mostMs);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    expect([whole, lacking]).toContainEqual(await world.plant());
    await world.expireLeases();
    await world.settle();
  }
});
