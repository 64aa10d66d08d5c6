import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Backup } from '#generated/vault/client.ts';
import type { JobRun } from '#jobs/kinds.ts';
import { requestSweep } from '#services/backups/sweep-chunks.ts';
import { requestUndo } from '#services/bring-back/undo-change-set.ts';
import { getRestore } from '#services/restores/restore-queries.ts';
import type { Server } from '#services/server.ts';
import { allRuns, startWorker } from '#testing/worker.ts';
import type { RunJob } from '#worker/run-worker.ts';
import { type OwnPostgres, openOwnPostgres } from './own-postgres.ts';
import { assertNothingOfCompares, assertWhole } from './whole.ts';
import { may, type Plant, quickSweep, World } from './world.ts';

let postgres: OwnPostgres;
let world: World;
let backup: Backup;
let before: Plant;

beforeAll(async () => {
  postgres = await openOwnPostgres();
  world = await World.open(postgres.url);
}, 120_000);

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  backup = await world.backup('a backup');
  await world.goOn('later');
  before = await world.plant();
});

/** Kills the database server when the worker's job reaches `step`: a phase, or its commit. */
async function killAt(step: string, whom: 'postmaster' | 'all', jobId: string): Promise<void> {
  let killing: Promise<void> | null = null;
  const kill = () => {
    killing ??= postgres.kill(whom);
    return killing;
  };
  const meeting =
    (run: RunJob): RunJob =>
    (server, job) =>
      run(server, meetingRun(job, step, kill));
  const sound = { ...allRuns, SWEEP: quickSweep };
  const runs = Object.entries(sound).map(([kind, run]) => [kind, meeting(run as RunJob)]);
  const worker = startWorker(world.server, Object.fromEntries(runs));
  try {
    await expect.poll(() => killing !== null, { interval: 10 }).toBe(true);
    await killing;
    await postgres.back();
    await worker.ended(jobId);
  } finally {
    await worker.stop();
  }
  await world.settle();
}

function meetingRun(run: JobRun, step: string, kill: () => Promise<void>): JobRun {
  return {
    ...run,
    report(phase, ...progress) {
      run.report(phase, ...progress);
      if (phase === step) void kill();
    },
    commit: (result, work) =>
      run.commit(result, async (tx) => {
        await work(tx);
        if (step === 'commit') await kill();
      }),
  };
}

describe('PostgreSQL killed in the middle of', () => {
  test.each([
    ['snapshot', 'all'],
    ['tables', 'postmaster'],
    ['commit', 'all'],
  ] as const)('a backup, at %s (%s): it is made when the server is back', async (step, whom) => {
    const { id } = await world.requestBackup('wanted');
    await killAt(step, whom, id);
    expect(await world.job(id)).toMatchObject({ error: null, status: 'SUCCEEDED' });
    await assertWhole(world, before);
  });

  test.each([
    ['structure', 'all'],
    ['loading', 'all'],
    ['checking', 'postmaster'],
    ['commit', 'all'],
  ] as const)('a stage, at %s (%s): it is made when the server is back', async (step, whom) => {
    const { restore, job } = await world.requestStage(backup.id);
    await killAt(step, whom, job.id);
    expect(await world.job(job.id)).toMatchObject({ status: 'SUCCEEDED', error: null });
    expect((await getRestore(world.server, restore.id)).status).toBe('STAGED');
    await assertWhole(world, before);
  });

  test.each([
    ['marking', 'all'],
    ['deleting', 'postmaster'],
  ] as const)('a sweep, at %s (%s): nothing needed is gone, all else is', async (step, whom) => {
    const doomed = await world.backup('doomed');
    await world.backup('kept');
    await world.delete(doomed);
    const sweep = await world.server.vault.job.findFirst({
      where: { kind: 'SWEEP', status: 'QUEUED' },
    });
    await killAt(step, whom, (sweep ?? (await requestSweep(world.server)))?.id ?? '');
    await assertWhole(world, before);
  });
});

describe('PostgreSQL killed while changes are looked at or brought back: in the middle of', () => {
  let all: Backup;
  let whole: Plant;
  let compareId: string;

  beforeEach(async () => {
    all = await world.backup('all');
    whole = await world.plant();
    await world.server.pool.query(
      'DELETE FROM plant.post WHERE id IN (SELECT id FROM plant.post ORDER BY id LIMIT 3)',
    );
    before = await world.plant();
  });

  async function compare(): Promise<void> {
    compareId = (await world.requestCompare(all)).id;
    await world.settle();
  }

  const statusOf = async (id: string) =>
    (await world.server.vault.changeSet.findUniqueOrThrow({ where: { id } })).status;

  test.each([
    ['comparing', 'all'],
    ['commit', 'postmaster'],
  ] as const)('a compare, at %s (%s): it is made when the server is back', async (step, whom) => {
    const { id, job } = await world.requestCompare(all);
    await killAt(step, whom, job.id);
    expect(await world.job(job.id)).toMatchObject({ error: null, status: 'SUCCEEDED' });
    expect(await world.server.vault.compare.findUnique({ where: { id } })).toMatchObject({
      status: 'READY',
    });
    await assertNothingOfCompares(world, before);
  });

  test('a bring back, at its commit: nothing is written, and people are told to compare again', async () => {
    await compare();
    const { changeSet, job } = await world.requestBringBack(compareId);
    await killAt('commit', 'all', job.id);
    expect(await world.job(job.id)).toMatchObject({
      status: 'FAILED',
      error: { code: 'NOT_FOUND' },
    });
    expect(await statusOf(changeSet.id)).toBe('FAILED');
    await assertNothingOfCompares(world, before);
  });

  test('a compare that is ready is gone, never said to have found nothing, and is made anew', async () => {
    await compare();
    await postgres.kill('all');
    await postgres.back();
    await expect(world.requestBringBack(compareId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const emptied = compareId;
    await compare();
    expect(compareId).not.toBe(emptied);
    await world.requestBringBack(compareId);
    await world.settle();
    await assertNothingOfCompares(world, whole);
  });

  test('the undo of a bring back, at its commit: it is undone when the server is back', async () => {
    await compare();
    const { changeSet } = await world.requestBringBack(compareId);
    await world.settle();
    const by = await may(world.server, 'backup.restore');
    const { job } = await requestUndo(world.server, by, changeSet.id);
    await killAt('commit', 'all', job.id);
    expect(await world.job(job.id)).toMatchObject({ error: null, status: 'SUCCEEDED' });
    expect(await statusOf(changeSet.id)).toBe('UNDONE');
    await assertNothingOfCompares(world, before);
  });
});

/** Kills the server when a connection from here sends `statement`, before or together with it. */
function dyingAt(statement: string, when: 'before' | 'with'): Server {
  const intercept = async (): Promise<pg.Client> => {
    const client = await world.server.connect();
    const query = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>;
    const intercepted = async (...given: unknown[]) => {
      if (!String(given[0]).startsWith(statement)) return query(...given);
      if (when === 'before') await postgres.kill('all');
      const sent = query(...given);
      if (when === 'with') await postgres.kill('all');
      return sent;
    };
    return Object.assign(client, { query: intercepted });
  };
  return { ...world.server, connect: intercept };
}

const moments = [
  ['LOCK TABLE', 'with'],
  ['ALTER SCHEMA', 'with'],
  ['COMMIT', 'before'],
  ['COMMIT', 'with'],
] as const;

describe('PostgreSQL killed in the middle of an apply and its undo', () => {
  test.each(moments)(
    'at %s (%s): the old plant or the new one, and they are told which',
    async (statement, when) => {
      const restore = await world.stage(backup);
      const staged = await world.plant(restore.stageSchema);
      const dying = dyingAt(statement, when);
      const told = await world.apply(restore, dying).catch(() => null);
      await postgres.back();
      await world.settle();
      const applied = (await getRestore(world.server, restore.id)).status === 'APPLIED';
      expect(told?.status ?? 'STAGED').toBe(applied ? 'APPLIED' : 'STAGED');
      expect(await world.plant()).toEqual(applied ? staged : before);
      await assertWhole(world, before, staged);
      if (!applied) await world.apply(restore);
      const heard = await world.undo(restore, dying).catch(() => null);
      await postgres.back();
      await world.settle();
      const undone = (await getRestore(world.server, restore.id)).status === 'UNDONE';
      expect(heard?.status ?? 'APPLIED').toBe(undone ? 'UNDONE' : 'APPLIED');
      expect(await world.plant()).toEqual(undone ? before : staged);
      await assertWhole(world, before, staged);
    },
  );
});
