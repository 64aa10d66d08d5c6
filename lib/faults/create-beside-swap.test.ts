import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { readManifest } from '#engine/backup/read.ts';
import type { Backup, Restore } from '#generated/vault/client.ts';
import type { Server } from '#services/server.ts';
import { copyDigest } from '#testing/backups.ts';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { allRuns, startWorker, type TestWorker } from '#testing/worker.ts';
import { assertWhole, textDigest } from './whole.ts';
import { World } from './world.ts';

let database: TestDatabase;
let world: World;
let earlier: Backup;
let restore: Restore;
let worker: TestWorker | null = null;
let held = deferred();

beforeAll(async () => {
  database = await openTestDatabase();
  world = await World.open(database.url, { poles: 60, files: 1 });
  earlier = await world.backup('earlier');
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await world.goOn('later');
  await world.server.pool.query(`UPDATE plant.box SET name = 'later ' || name`);
  restore = await world.stage(earlier);
});

afterEach(async () => {
  held.resolve();
  await worker?.stop();
  await world.settle();
});

/** A moment of a backup: just before it sends the `nth` matching statement. */
type Moment = readonly [what: string, statement: RegExp, nth: number];

const moments: Moment[] = [
  ['the tables are listed, no transaction is open', /^BEGIN ISOLATION/, 1],
  ['the transaction is open, no table is locked', /^LOCK TABLE .* ACCESS SHARE MODE$/, 1],
  ['the snapshot is drawn, nobody has joined it', /pg_export_snapshot/, 1],
  ['a reader joins the snapshot', /^SET TRANSACTION SNAPSHOT/, 1],
  ['a reader locks its first table', /ACCESS SHARE MODE NOWAIT$/, 1],
  ['a reader locks its first table, and sees it', /to_regclass/, 1],
  ['some tables are read, others are not', /ACCESS SHARE MODE NOWAIT$/, 8],
  ['all is read, and not confirmed', /^COMMIT$/, 1],
];

interface Stall {
  readonly reached: Promise<void>;
  letGo(): void;
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** A worker whose first backup pauses at that moment until it is released. */
function startStalling([, statement, nth]: Moment): Stall {
  const reached = deferred();
  held = deferred();
  const { promise, resolve } = held;
  let seen = 0;
  const stalling = (server: Server): Server => ({
    ...server,
    async connect() {
      const client = await server.connect();
      const query = client.query.bind(client) as (...given: unknown[]) => unknown;
      const waiting = (...given: unknown[]) => {
        if (!statement.test(String(given[0])) || ++seen !== nth) return query(...given);
        reached.resolve();
        return promise.then(() => query(...given));
      };
      return Object.assign(client, { query: waiting });
    },
  });
  worker = startWorker(world.server, {
    CREATE_BACKUP: (server, run) => allRuns.CREATE_BACKUP(stalling(server), run),
  });
  return { reached: reached.promise, letGo: resolve };
}

/** Whether the backup holds exactly the rows of `schema`, table by table. */
async function isOf(backup: Backup, schema: string): Promise<boolean> {
  const { store, keys } = world.server;
  const { tables } = await readManifest(store, keys, backup.manifestObject);
  return world.sql(async (client) => {
    for (const table of tables)
      if ((await copyDigest(client, schema, table.name)) !== (await textDigest(world, table)))
        return false;
    return true;
  });
}

async function keptSchema(): Promise<string> {
  const { id } = restore;
  const kept = await world.server.vault.keptPlant.findFirstOrThrow({ where: { restoreId: id } });
  return kept.schema;
}

const madeBy = (jobId: string) => world.server.vault.backup.findFirst({ where: { jobId } });

test('a backup that reads the plant keeps an apply away, which says so', async () => {
  const { id } = await world.requestBackup('wanted');
  const { reached, letGo } = startStalling(['', /ACCESS SHARE MODE NOWAIT$/, 3]);
  await reached;
  await expect(world.apply(restore)).rejects.toMatchObject({ code: 'BACKUP_RUNNING' });
  letGo();
  expect(await worker?.ended(id)).toMatchObject({ status: 'SUCCEEDED' });
  await world.apply(restore);
  expect(await isOf((await madeBy(id)) as Backup, await keptSchema())).toBe(true);
});

test.each(moments)('a backup forgotten when %s never mixes two plants', async (...moment) => {
  const { id } = await world.requestBackup('wanted');
  const { reached, letGo } = startStalling(moment);
  await reached;
  // As if its worker paused past its lease: nobody knows that it will go on reading.
  await world.server.pool.query('UPDATE vault.plant_state SET holder_job_id = NULL');
  expect((await world.apply(restore)).status).toBe('APPLIED');
  letGo();
  const job = await worker?.ended(id);
  const made = await madeBy(id);
  if (made)
    expect([await isOf(made, 'plant'), await isOf(made, await keptSchema())]).toContain(true);
  else expect(job).toMatchObject({ status: 'FAILED', error: { code: 'PLANT_BUSY' } });
});

test('after all of that everything is whole', async () => {
  await assertWhole(world, await world.plant());
});
