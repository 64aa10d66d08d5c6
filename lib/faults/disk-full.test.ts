import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { asFiberkeepError } from '#errors';
import type { Job } from '#generated/vault/client.ts';
import type { JobRun } from '#jobs/kinds.ts';
import { getRestore } from '#services/restores/restore-queries.ts';
import type { Server } from '#services/server.ts';
import { openTestDatabase } from '#testing/database.ts';
import { saidIn } from '#testing/failures.ts';
import { allRuns, startWorker } from '#testing/worker.ts';
import type { RunJob } from '#worker/run-worker.ts';
import { openOwnPostgres } from './own-postgres.ts';
import { openSmallDisk, type SmallDisk } from './small-disk.ts';
import { assertWhole } from './whole.ts';
import { World } from './world.ts';

const MB = 1024 * 1024;

let disk: SmallDisk;
let closers: AsyncDisposable[];
beforeEach(async () => {
  disk = await openSmallDisk(320 * MB);
  closers = [disk];
});
afterEach(async () => {
  for (const closer of closers.reverse()) await closer[Symbol.asyncDispose]();
});

function opened<T extends AsyncDisposable>(closer: T): T {
  closers.push(closer);
  return closer;
}

/** Runs a job whose disk fills up when it reports progress in `phase`. */
async function runFilling(world: World, jobId: string, phase: string): Promise<Job> {
  let filled = false;
  const fillsUp =
    (run: RunJob): RunJob =>
    (server: Server, job: JobRun) => {
      const report: JobRun['report'] = (now, done, ...rest) => {
        job.report(now, done, ...rest);
        if (now !== phase || filled) return;
        disk.fill();
        filled = true;
      };
      return run(disk.limited(server), { ...job, report });
    };
  const worker = startWorker(world.server, {
    CREATE_BACKUP: fillsUp(allRuns.CREATE_BACKUP),
    STAGE_RESTORE: fillsUp(allRuns.STAGE_RESTORE),
    TEST_BACKUP: fillsUp(allRuns.TEST_BACKUP),
  });
  try {
    const job = await worker.ended(jobId);
    expect(filled).toBe(true);
    return job;
  } finally {
    await worker.stop();
  }
}

/** Incompressible bytes, enough to take a while. */
async function growBy(world: World, megabytes: number): Promise<void> {
  for (let n = 0; n < megabytes; n++) await world.addFile(randomBytes(MB));
}

test('a backup that fills the disk fails and says so, and everything else goes on', async () => {
  const database = opened(await openTestDatabase());
  const dataDir = path.join(disk.folder, 'data');
  const world = opened(await World.open(database.url, { poles: 60, dataDir }));
  const earlier = await world.backup('earlier');
  await growBy(world, 20);
  const before = await world.plant();

  const failed = await runFilling(world, (await world.requestBackup('too large')).id, 'tables');
  expect(failed).toMatchObject({ status: 'FAILED', error: { code: 'DISK_FULL' } });
  expect(saidIn(failed.error).hint).toContain('Free some space');
  expect(await world.server.vault.backup.count()).toBe(1);

  const again = await runFilling(world, (await world.requestBackup('again')).id, 'snapshot');
  expect(again).toMatchObject({ status: 'FAILED', error: { code: 'DISK_FULL' } });

  // Neither a restore nor writes to the network need room on this disk.
  const restore = await world.stage(earlier);
  await world.server.pool.query(`INSERT INTO plant.setting (key, value) VALUES ('on', '1')`);
  disk.fill(); // what the failed backup had stored is swept by now
  const bytes = randomBytes(MB);
  const digest = createHash('sha256').update(bytes).digest('hex');
  const upload = async () => disk.limited(world.server).files.write(digest, streamOf(bytes));
  expect(asFiberkeepError(await upload().catch((error) => error)).code).toBe('DISK_FULL');
  expect((await readdir(path.join(dataDir, 'files'))).filter((name) => name.length > 2)).toEqual(
    [],
  );
  await world.server.pool.query(`DELETE FROM plant.setting WHERE key = 'on'`);

  await disk.free();
  await world.backup('now it fits');
  await assertWhole(world, before);
  expect((await world.apply(restore)).status).toBe('APPLIED');
});

test.each(['structure', 'loading'])(
  'a full disk under the database (%s) fails the stage and says so, and the plant is as it was',
  async (phase) => {
    const postgres = opened(await openOwnPostgres(disk.real ? disk.folder : undefined));
    const world = opened(await World.open(postgres.url, { poles: 20_000, files: 1 }));
    const earlier = await world.backup('earlier');
    await world.goOn('later');
    const before = await world.plant();
    const { restore, job } = await world.requestStage(earlier.id);
    if (phase === 'structure') disk.fill();
    const failed = await runFilling(world, job.id, phase);
    if (disk.real) {
      expect(failed).toMatchObject({ status: 'FAILED', error: { code: 'DISK_FULL' } });
      expect(saidIn(failed.error).hint).toContain('Free some space');
      expect((await getRestore(world.server, restore.id)).status).toBe('FAILED');
    }
    await disk.free();
    await postgres.back();
    await world.settle();
    await assertWhole(world, before);
  },
  120_000,
);

test('a full disk under the database fails the restore test and says nothing about the backup', async () => {
  const postgres = opened(await openOwnPostgres(disk.real ? disk.folder : undefined));
  const world = opened(await World.open(postgres.url, { poles: 20_000, files: 1 }));
  const earlier = await world.backup('earlier');
  const before = await world.plant();
  const failed = await runFilling(
    world,
    (await world.requestRestoreTest(earlier.id)).id,
    'loading',
  );
  const { vault } = world.server;
  if (disk.real) {
    expect(failed).toMatchObject({ status: 'FAILED', error: { code: 'DISK_FULL' } });
    expect(saidIn(failed.error).message).toContain('says nothing about the backup');
    const unjudged = await vault.backup.findUniqueOrThrow({ where: { id: earlier.id } });
    expect(unjudged).toMatchObject({ testedAt: null, testFailedAt: null });
  }
  await disk.free();
  await postgres.back();
  await world.settle();
  await assertWhole(world, before);
}, 120_000);

async function* streamOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
