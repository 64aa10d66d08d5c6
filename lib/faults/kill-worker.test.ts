import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backup } from '#generated/vault/client.ts';
import { RUN } from '#launcher/root.ts';
import { randomOf } from '#plant/sample/random.ts';
import { requestSweep } from '#services/backups/sweep-chunks.ts';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { assertWhole } from './whole.ts';
import { type Plant, World } from './world.ts';

const main = fileURLToPath(new URL('../worker/main.ts', import.meta.url));
const faulty = fileURLToPath(new URL('./faulty-worker.fixture.ts', import.meta.url));
const DIES_WITHIN_MS = 60_000;
const RANDOM_KILLS = Number(process.env.FAULTS_RANDOM_KILLS ?? 6);
const SEED = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000);

let database: TestDatabase;
let world: World;
let processes: ChildProcess[];
let earlier: Backup;
let before: Plant;

beforeEach(async () => {
  database = await openTestDatabase();
  world = await World.open(database.url);
  processes = [];
  earlier = await world.backup('earlier');
  await world.goOn('later');
  before = await world.plant();
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

/** A worker process dies at `step` of the queued job; then a sound worker takes its place. */
async function dieAndRecover(step: string): Promise<void> {
  const worker = startProcess(faulty, { DIE_AT: step });
  const [, signal] = await once(worker, 'exit', { signal: AbortSignal.timeout(DIES_WITHIN_MS) });
  expect(signal).toBe('SIGKILL');
  await world.expireLeases();
  await world.settle();
}

describe('a worker killed while it makes a backup, at', () => {
  const steps = ['snapshot', 'tables', 'files', 'finish', 'before commit', 'after commit'];
  test.each(steps)('%s: the backup is made by the next, and everything is whole', async (step) => {
    const { id } = await world.requestBackup('wanted');
    await dieAndRecover(step);
    expect(await world.job(id)).toMatchObject({
      status: 'SUCCEEDED',
      attempts: step === 'after commit' ? 1 : 2,
    });
    expect(await world.server.vault.backup.count()).toBe(2);
    await assertWhole(world, before);
  });
});

describe('a worker killed while it makes a stage, at', () => {
  const steps = ['structure', 'loading', 'checking', 'files', 'before commit', 'after commit'];
  test.each(steps)('%s: the stage is made by the next, and everything is whole', async (step) => {
    const { restore } = await world.requestStage(earlier.id);
    await dieAndRecover(step);
    await assertWhole(world, before);
    expect((await world.apply(restore)).status).toBe('APPLIED');
    await world.settle();
    await assertWhole(world, await world.plant());
  });
});

describe('a worker killed while it restoreTests, at', () => {
  const steps = ['structure', 'loading', 'checking', 'files', 'before commit', 'after commit'];
  test.each(steps)('%s: the backup is tested by the next, and no schema is left', async (step) => {
    const { id } = await world.requestRestoreTest(earlier.id);
    await dieAndRecover(step);
    expect(await world.job(id)).toMatchObject({
      status: 'SUCCEEDED',
      attempts: step === 'after commit' ? 1 : 2,
    });
    const tested = await world.server.vault.backup.findUniqueOrThrow({
      where: { id: earlier.id },
    });
    expect(tested).toMatchObject({ testedAt: expect.any(Date), testFailedAt: null });
    await assertWhole(world, before);
  });
});

describe('a worker killed while it sweeps, at', () => {
  const steps = ['marking', 'waiting', 'deleting', 'second delete'];
  test.each(steps)('%s: nothing that a backup needs is gone, all else is', async (step) => {
    const doomed = await world.backup('doomed');
    await world.backup('kept');
    await world.delete(earlier);
    await world.delete(doomed);
    await dieAndRecover(step);
    await assertWhole(world, before);
  });
});

describe('a worker killed at any moment', () => {
  const random = randomOf('kills', SEED);
  const kills = Array.from({ length: RANDOM_KILLS }, () => ({ delayMs: random.next() * 700 }));

  test(`leaves everything whole (FAULTS_SEED=${SEED})`, { timeout: 180_000 }, async () => {
    for (const [n, { delayMs }] of kills.entries()) {
      await world.requestBackup(`backup ${n}`);
      await world.requestStage(earlier.id);
      await requestSweep(world.server);
      const worker = startProcess(main);
      await untilClaimed();
      await sleep(delayMs);
      worker.kill('SIGKILL');
      await once(worker, 'exit');
      await world.expireLeases();
      await world.settle();
      await assertWhole(world, before).catch((cause) => {
        throw new Error(`Not whole after kill ${n}, ${delayMs} ms, seed ${SEED}`, { cause });
      });
      await world.goOn(`after ${n}`);
      before = await world.plant();
    }
    expect(await world.server.vault.backup.count()).toBe(1 + RANDOM_KILLS);
  });

  async function untilClaimed(): Promise<void> {
    const running = { where: { status: 'RUNNING' } };
    await expect
      .poll(() => world.server.vault.job.count(running), { timeout: 30_000, interval: 10 })
      .toBeGreaterThan(0);
  }
});
