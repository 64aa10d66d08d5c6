import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { manifestChunks, readManifest } from '#engine/backup/read.ts';
import { chunkObject } from '#engine/chunks/chunk.ts';
import { listPlacedBackups } from '#engine/external/list-backups.ts';
import { findDamage } from '#engine/restore/find-damage.ts';
import { openPlace } from '#engine/store/open-place.ts';
import { RUN } from '#launcher/root.ts';
import { randomOf } from '#plant/sample/random.ts';
import { copiesIn } from '#services/external/copy-rows.ts';
import { requestSend } from '#services/external/send-backup.ts';
import { createDestination } from '#services/external/set-up-destination.ts';
import { enqueueTend } from '#services/external/tend-destination.ts';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { may, World } from './world.ts';

const main = fileURLToPath(new URL('../worker/main.ts', import.meta.url));
const RANDOM_KILLS = Number(process.env.FAULTS_RANDOM_KILLS ?? 6);
const SEED = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000);

let database: TestDatabase;
let world: World;
let folder: string;
let destinationId: string;
let processes: ChildProcess[];

beforeEach(async () => {
  database = await openTestDatabase();
  world = await World.open(database.url);
  folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-nas-'));
  processes = [];
  const kept = { keepLast: 1, keepDaily: 0, keepWeekly: 0, keepMonthly: 0 };
  const input = { name: 'NAS', url: `file://${folder}`, ...kept };
  const permit = await may(world.server, 'backup.configure');
  destinationId = (await createDestination(world.server, permit, input, { hasKit: true })).id;
});

afterEach(async () => {
  for (const worker of processes) worker.kill('SIGKILL');
  await world[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Asks for a backup to be sent, and makes all that waits for its grace over there old enough to go. */
async function makeWork(n: number): Promise<void> {
  await world.goOn(`change ${n}`);
  const backup = await world.backup(`backup ${n}`);
  const { vault, pool } = world.server;
  await vault.backup.update({ where: { id: backup.id }, data: { kind: 'AUTOMATIC' } });
  const ids = { backupId: backup.id, destinationId };
  await requestSend(world.server, await may(world.server, 'backup.create'), ids);
  await graceIsOver();
  await pool.query('UPDATE vault.destination SET listed_at = NULL, next_attempt_at = NULL');
}

async function graceIsOver(): Promise<void> {
  for (const table of ['external_copy', 'external_object'])
    await world.server.pool.query(
      `UPDATE vault.${table} SET condemned_at = condemned_at - interval '25 hours'`,
    );
}

async function tend(): Promise<void> {
  await world.server.vault.$transaction((tx) => enqueueTend(tx, destinationId));
  await world.settle();
}

async function objects(): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((one) => one.isFile())
    .map((one) => path.relative(folder, path.join(one.parentPath, one.name)))
    .filter((name) => !name.startsWith('owner/'))
    .sort();
}

/** Every backup that has its manifest there reads back whole from there alone; answers the names that they need. */
async function neededThere(): Promise<Set<string>> {
  const { keys } = world.server;
  const { signal } = new AbortController();
  await using place = await openPlace({ kind: 'FOLDER', folder });
  const { store } = place;
  const needed = new Set<string>();
  const { backups, unreadable } = await listPlacedBackups(place, keys, signal);
  expect(unreadable).toEqual([]);
  for (const { manifestObject } of backups) {
    const manifest = await readManifest(store, keys, manifestObject);
    const found = await findDamage({ store, keys, manifest, report: () => {}, signal });
    expect(found.problems).toEqual([]);
    needed.add(manifestObject);
    for await (const ref of manifestChunks(store, keys, manifest)) needed.add(chunkObject(ref));
  }
  return needed;
}

async function assertNothingUnknown(): Promise<void> {
  const known = await world.server.vault.externalObject.findMany({ select: { name: true } });
  const names = new Set(known.map(({ name }) => name));
  expect((await objects()).filter((name) => !names.has(name) && !isPartial(name))).toEqual([]);
}

const isPartial = (name: string) => name.endsWith('.partial');
const isState = (name: string) => name.startsWith('vault-state/');

async function assertNoGarbage(): Promise<void> {
  for (let n = 0; n < 3; n++) {
    await graceIsOver();
    await tend();
  }
  const needed = await neededThere();
  const found = (await objects()).filter((name) => !isPartial(name));
  expect(found.filter((name) => !isState(name))).toEqual([...needed].sort());
  expect(found.filter(isState).length).toBeLessThanOrEqual(3);
}

async function killAfter(delayMs: number): Promise<void> {
  const worker = spawn(process.execPath, [RUN, main], {
    env: { ...process.env, ...world.env },
    stdio: 'inherit',
  });
  processes.push(worker);
  const running = {
    where: { status: 'RUNNING', kind: { in: ['SEND_BACKUP', 'TEND_DESTINATION'] } },
  };
  await expect
    .poll(() => world.server.vault.job.count(running), { timeout: 30_000, interval: 5 })
    .toBeGreaterThan(0);
  await sleep(delayMs);
  worker.kill('SIGKILL');
  await once(worker, 'exit');
}

test(`a worker killed at any moment while it sends and prunes loses nothing and leaves no garbage (FAULTS_SEED=${SEED})`, {
  timeout: RANDOM_KILLS * 60_000,
}, async () => {
  const random = randomOf('kills', SEED);
  for (let n = 0; n < RANDOM_KILLS; n++) {
    const delayMs = random.next() * 400;
    await makeWork(n);
    await killAfter(delayMs);
    await assertNothingUnknown();
    await neededThere();
    await world.expireLeases();
    await world.settle();
    const copies = await copiesIn(world.server.vault, destinationId);
    expect(copies[0], `kill ${n}, ${delayMs} ms, seed ${SEED}`).toMatchObject({
      name: `backup ${n}`,
      status: 'HERE',
    });
    await neededThere();
    if (RANDOM_KILLS > 20) process.stderr.write(`kill ${n + 1} of ${RANDOM_KILLS}\n`);
  }
  await assertNoGarbage();
});
