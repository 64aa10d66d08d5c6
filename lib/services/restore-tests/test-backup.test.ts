import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeManifest } from '#engine/backup/manifest.ts';
import { readManifest } from '#engine/backup/read.ts';
import type { Backup, Job } from '#generated/vault/client.ts';
import type { JobRun } from '#jobs/kinds.ts';
import { failureRow, saidIn } from '#testing/failures.ts';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { startWorker, type TestWorker } from '#testing/worker.ts';
import { cancelJob } from '../activity/cancel-job.ts';
import { requestBackup } from '../backups/create-backup.ts';
import { localActor, type Permit, permitInPerson } from '../permit.ts';
import { applyRestore } from '../restores/apply-restore.ts';
import { housekeepKeptPlants } from '../restores/kept-plants.ts';
import { requestStage } from '../restores/stage-restore.ts';
import type { Server } from '../server.ts';
import { requestDueRestoreTests } from './due-restore-tests.ts';
import { requestTest, runTestBackup } from './test-backup.ts';

let opened: TestServer;
let server: Server;
let worker: TestWorker;
let may: Permit<'backup.create'>;

beforeEach(async () => {
  opened = await openTestServer();
  server = opened.server;
  may = await permitInPerson(server, localActor('Ana'), 'backup.create');
  worker = startWorker(server);
});

afterEach(async () => {
  await worker.stop();
  await opened[Symbol.asyncDispose]();
});

async function create(name: string, includeFiles = true): Promise<Backup> {
  const job = await requestBackup(server, may, { name, comment: '', includeFiles });
  const ended = await worker.ended(job.id);
  expect(ended, JSON.stringify(ended.error)).toMatchObject({ status: 'SUCCEEDED' });
  return server.vault.backup.findFirstOrThrow({ where: { jobId: job.id } });
}

async function runTest(backup: Backup): Promise<Job> {
  return worker.ended((await requestTest(server, may, backup.id)).id);
}

async function addFile(bytes: Buffer): Promise<string> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await server.files.write(
    sha256,
    (async function* () {
      yield bytes;
    })(),
  );
  await server.plant.storedFile.create({ data: { sha256, bytes: BigInt(bytes.length) } });
  return sha256;
}

/** Turns one bit in the largest chunk of the store: the photo's, which does not shrink. */
async function damageLargestChunk(): Promise<void> {
  const folder = path.join(opened.dataDir, 'vault', 'chunks');
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  const all = await Promise.all(
    files.map(async (entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return { file, bytes: await readFile(file) };
    }),
  );
  const largest = all.reduce((one, other) => (other.bytes.length > one.bytes.length ? other : one));
  const middle = largest.bytes.length >> 1;
  largest.bytes[middle] = (largest.bytes[middle] ?? 0) ^ 1;
  await writeFile(largest.file, largest.bytes);
}

const row = (backup: Backup) => server.vault.backup.findUniqueOrThrow({ where: { id: backup.id } });

async function testSchemas(): Promise<string[]> {
  const { rows } = await server.pool.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'plant\\_test\\_%'`,
  );
  return rows.map(({ name }) => name);
}

/** Gives a backup a manifest whose list of files is another's, sound in itself. */
async function takeFilesOf(other: Backup, backup: Backup): Promise<void> {
  const { store, keys } = server;
  const { files } = await readManifest(store, keys, other.manifestObject);
  const manifest = await readManifest(store, keys, backup.manifestObject);
  const { signal } = new AbortController();
  const place = { store, keys, fencingToken: 99n, signal };
  const { object } = await writeManifest(place, { ...manifest, files });
  await server.vault.backup.update({ where: { id: backup.id }, data: { manifestObject: object } });
}

/** A worker whose restore tests stand still at `phase` until `go` is called. */
async function workerThatStopsAt(phase: string) {
  await worker.stop();
  let go = () => {};
  const gone = new Promise<void>((resolve) => {
    go = resolve;
  });
  worker = startWorker(server, {
    TEST_BACKUP: (of, run) => {
      const connect = async () => {
        if (reached) await Promise.race([gone, aborted(run)]);
        return of.connect();
      };
      let reached = false;
      const report: JobRun['report'] = (now, ...rest) => {
        run.report(now, ...rest);
        reached ||= now === phase;
      };
      return runTestBackup({ ...of, connect }, { ...run, report });
    },
  });
  return go;
}

const aborted = (run: JobRun) =>
  new Promise<void>((resolve) => {
    run.signal.addEventListener('abort', () => resolve());
    if (run.signal.aborted) resolve();
  });

describe('a restore test', () => {
  test('passes a backup, records how long restoring takes, and leaves nothing behind', async () => {
    await addFile(Buffer.from('a photo'));
    const backup = await create('whole');
    const asked = new Date();
    const job = await runTest(backup);
    expect(job, JSON.stringify(job.error)).toMatchObject({ status: 'SUCCEEDED' });
    expect(job.result).toMatchObject({ backupId: backup.id, files: '1' });
    const tested = await row(backup);
    expect(tested.testedAt?.getTime()).toBeGreaterThanOrEqual(asked.getTime());
    expect(tested.restoreSeconds).toBeGreaterThan(0);
    expect(tested).toMatchObject({ testFailedAt: null, testError: null });
    expect(await testSchemas()).toEqual([]);
  });

  test('of a backup without files tests its tables', async () => {
    await addFile(Buffer.from('a photo'));
    const backup = await create('tables only', false);
    expect(await runTest(backup)).toMatchObject({ status: 'SUCCEEDED', result: { files: '0' } });
  });

  test('names a damaged file, and the next backup stores it anew', async () => {
    const photo = Buffer.from(createHash('shake256', { outputLength: 200_000 }).digest());
    const sha256 = await addFile(photo);
    const first = await create('first');
    expect(await runTest(first)).toMatchObject({ status: 'SUCCEEDED' });
    await damageLargestChunk();

    const job = await runTest(first);
    expect(job).toMatchObject({ status: 'FAILED', error: { code: 'TEST_FAILED' } });
    expect(saidIn(job.error).message).toContain('does not come back as it was');
    expect(await row(first)).toMatchObject({
      testError: job.error,
    });
    expect((await row(first)).testFailedAt).not.toBeNull();
    expect(await testSchemas()).toEqual([]);

    const second = await create('second');
    expect(Number(second.storedSize)).toBeGreaterThan(photo.length);
    expect(await runTest(second)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await server.files.has(sha256)).toBe(true);
  });

  test('that succeeds clears an earlier failure', async () => {
    const backup = await create('healed');
    await server.vault.backup.update({
      where: { id: backup.id },
      data: { testFailedAt: new Date(), testError: failureRow('TEST_FAILED') },
    });
    await runTest(backup);
    expect(await row(backup)).toMatchObject({ testFailedAt: null, testError: null });
  });

  test('finds rows whose keys cannot be built, though every byte is as it was', async () => {
    await server.pool.query('ALTER TABLE plant.pole DROP CONSTRAINT pole_project_id_fkey');
    await server.pool.query(
      `INSERT INTO plant.pole (id, project_id, name, lat, lng, updated_at)
       VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002', 'P', 0, 0, now())`,
    );
    const backup = await create('with an orphan');
    const job = await runTest(backup);
    expect(job).toMatchObject({ status: 'FAILED', error: { code: 'TEST_FAILED' } });
    expect(saidIn(job.error).message).toContain('pole_project_id_fkey');
    expect(await testSchemas()).toEqual([]);
  });

  test('finds a file that the posts name and the list lacks', async () => {
    await addFile(Buffer.from('a photo'));
    const before = await create('one file');
    await addFile(Buffer.from('one more'));
    const backup = await create('two files');
    await takeFilesOf(before, backup);
    const job = await runTest(backup);
    expect(job).toMatchObject({ status: 'FAILED', error: { code: 'TEST_FAILED' } });
    expect(saidIn(job.error).message).toContain('announces 1 file, but the posts name 2');
  });

  test('a manifest that cannot be read is a verdict too', async () => {
    const backup = await create('without manifest');
    await server.store.delete(backup.manifestObject);
    expect(await runTest(backup)).toMatchObject({
      status: 'FAILED',
      error: { code: 'TEST_FAILED' },
    });
    expect(saidIn((await row(backup)).testError).message).toContain('manifest');
  });

  test('without enough disk space fails and says nothing about the backup', async () => {
    const backup = await create('unjudged');
    const fullDisk = { freeBytes: 0, reserveBytes: 1 };
    await worker.stop();
    worker = startWorker(server, {
      TEST_BACKUP: (of, run) =>
        runTestBackup({ ...of, room: { ...of.room, look: async () => fullDisk } }, run),
    });
    const job = await runTest(backup);
    expect(job).toMatchObject({ status: 'FAILED', error: { code: 'DISK_FULL' } });
    expect(saidIn(job.error).message).toContain('says nothing about the backup');
    expect(await row(backup)).toMatchObject({ testedAt: null, testFailedAt: null });
  });

  test.each(['loading', 'files'])(
    'cancelled while %s leaves no schema and no verdict',
    async (phase) => {
      await addFile(Buffer.from('a photo'));
      const backup = await create('cancelled');
      const go = await workerThatStopsAt(phase === 'loading' ? 'structure' : 'checking');
      const { id } = await requestTest(server, may, backup.id);
      await worker.until(id, ({ status }) => status === 'RUNNING');
      await expect.poll(testSchemas).toHaveLength(1);
      await cancelJob(server, localActor('Ana'), id);
      expect(await worker.ended(id)).toMatchObject({ status: 'CANCELLED' });
      go();
      expect(await row(backup)).toMatchObject({ testedAt: null, testFailedAt: null });
      expect(await testSchemas()).toEqual([]);
    },
  );

  test('is queued once: a second request returns the active one', async () => {
    const backup = await create('wanted twice');
    await worker.stop();
    const [one, other] = await Promise.all([
      requestTest(server, may, backup.id),
      requestTest(server, may, backup.id),
    ]);
    expect(other.id).toBe(one.id);
    worker = startWorker(server);
    await worker.ended(one.id);
    expect((await requestTest(server, may, backup.id)).id).not.toBe(one.id);
  });

  test('lets a backup that is being made go first', async () => {
    const backup = await create('earlier');
    await worker.stop();
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    worker = startWorker(server, {
      CREATE_BACKUP: async (_, run) => {
        await finished;
        await run.commit({}, async () => {});
      },
    });
    const input = { name: 'being made', comment: '', includeFiles: true };
    const created = await requestBackup(server, may, input);
    const restoreTest = await requestTest(server, may, backup.id);
    await worker.until(restoreTest.id, ({ phase }) => phase === 'waiting');
    expect(await testSchemas()).toEqual([]);
    finish();
    await worker.ended(created.id);
    expect(await worker.ended(restoreTest.id)).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('leaves a stage, and what is applied meanwhile, alone', async () => {
    const backup = await create('Monday');
    const restoring = await permitInPerson(server, localActor('Ana'), 'backup.restore');
    const { restore, job } = await requestStage(server, restoring, backup.id);
    await worker.ended(job.id);
    const go = await workerThatStopsAt('checking');
    const restoreTest = await requestTest(server, may, backup.id);
    await expect.poll(testSchemas).toHaveLength(1);
    await housekeepKeptPlants(server);
    expect(await testSchemas()).toHaveLength(1);
    const confirmed = { confirmName: 'Monday' };
    const applied = await applyRestore(server, restoring, restore.id, confirmed);
    expect(applied.status).toBe('APPLIED');
    go();
    expect(await worker.ended(restoreTest.id)).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('housekeeping', () => {
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);

  async function automatic(name: string): Promise<Backup> {
    const backup = await create(name);
    return server.vault.backup.update({
      where: { id: backup.id },
      data: { kind: 'AUTOMATIC', scheduledFor: new Date() },
    });
  }

  const restoreTests = () => server.vault.job.findMany({ where: { kind: 'TEST_BACKUP' } });

  test('drops the schema of a restore test whose worker was lost, and no other', async () => {
    const backup = await create('left behind');
    await worker.stop();
    const { id } = await requestTest(server, may, backup.id);
    const lost = `plant_test_${id.replaceAll('-', '')}00000001`;
    const held = `plant_test_${id.replaceAll('-', '')}00000002`;
    for (const schema of [lost, held]) await server.pool.query(`CREATE SCHEMA ${schema}`);
    await server.vault.job.update({
      where: { id },
      data: { status: 'RUNNING', fencingToken: 2n, leaseUntil: hoursAgo(-1) },
    });
    await housekeepKeptPlants(server);
    expect(await testSchemas()).toEqual([held]);
    await server.vault.job.update({
      where: { id },
      data: { status: 'FAILED', endedAt: new Date() },
    });
    await housekeepKeptPlants(server);
    expect(await testSchemas()).toEqual([]);
  });

  test('requests the restore test of the newest automatic backup if it has none, and of no older one', async () => {
    const [older, newest] = [await automatic('older'), await automatic('newest')];
    await worker.stop();
    await requestDueRestoreTests(server);
    await requestDueRestoreTests(server);
    expect(
      (await restoreTests()).map(({ input }) => (input as { backupId: string }).backupId),
    ).toEqual([newest.id]);
    worker = startWorker(server);
    await expect.poll(async () => (await row(newest)).testedAt).toBeTruthy();
    await requestDueRestoreTests(server);
    expect(await restoreTests()).toHaveLength(1);
    expect((await row(older)).testedAt).toBeNull();
  });

  test('retries an unfinished restore test three times a day, and never one with a verdict', async () => {
    const backup = await automatic('hard to test');
    await worker.stop();
    const ended = async (at: Date) =>
      server.vault.job.updateMany({
        where: { kind: 'TEST_BACKUP', endedAt: null },
        data: { status: 'FAILED', error: { code: 'DISK_FULL' }, endedAt: at },
      });
    for (const [count, at] of [
      [1, hoursAgo(0.1)],
      [1, hoursAgo(0.1)],
    ] as const) {
      await requestDueRestoreTests(server);
      expect(await restoreTests()).toHaveLength(count);
      await ended(at);
    }
    await server.vault.job.updateMany({ data: { endedAt: hoursAgo(1) } });
    for (const count of [2, 3, 3]) {
      await requestDueRestoreTests(server);
      expect(await restoreTests()).toHaveLength(count);
      await ended(hoursAgo(1));
    }
    await server.vault.job.updateMany({ data: { endedAt: hoursAgo(25) } });
    await server.vault.backup.update({
      where: { id: backup.id },
      data: { testFailedAt: new Date(), testError: failureRow('TEST_FAILED') },
    });
    await requestDueRestoreTests(server);
    expect(await restoreTests()).toHaveLength(3);
  });
});
