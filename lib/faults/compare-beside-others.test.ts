import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Backup } from '#generated/vault/client.ts';
import { cancelJob } from '#services/activity/cancel-job.ts';
import { requestBringBack } from '#services/bring-back/bring-back.ts';
import { housekeepCompares } from '#services/compare/housekeep-compares.ts';
import { permitCompare } from '#services/compare/permit-compare.ts';
import { requestCompare } from '#services/compare/request-compare.ts';
import { localActor } from '#services/permit.ts';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { may, World } from './world.ts';

let database: TestDatabase;
let world: World;
let earlier: Backup;

beforeEach(async () => {
  database = await openTestDatabase();
  world = await World.open(database.url);
  earlier = await world.backup('earlier');
  await world.server.pool.query('DELETE FROM plant.post WHERE hashtext(id::text) % 3 = 0');
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

async function ask(to: Backup | null = null) {
  const permit = await permitCompare(world.server, localActor('Ana'));
  return requestCompare(world.server, permit, { from: earlier.id, to: to?.id });
}

const statusOf = async (id: string) =>
  (await world.server.vault.compare.findUniqueOrThrow({ where: { id } })).status;

async function schemas(): Promise<string[]> {
  const { rows } = await world.server.pool.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'compare\\_%' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

test('two people who compare the same two at once share one compare; of others each has its own', async () => {
  const later = await world.backup('later');
  const [one, other, now] = await Promise.all([ask(later), ask(later), ask()]);
  expect(other.compare.id).toBe(one.compare.id);
  expect(now.compare.id).not.toBe(one.compare.id);
  await world.settle();
  expect(await statusOf(one.compare.id)).toBe('READY');
  expect(await statusOf(now.compare.id)).toBe('READY');
  expect(await schemas()).toHaveLength(2);
});

test('a cancelled compare leaves nothing, and until then its backups cannot be deleted', async () => {
  const { compare, job } = await ask();
  await expect(world.delete(earlier)).rejects.toMatchObject({ code: 'BACKUP_IN_USE' });
  await cancelJob(world.server, localActor('Ana'), job.id);
  await world.settle();
  expect(await world.job(job.id)).toMatchObject({ status: 'CANCELLED' });
  expect(await statusOf(compare.id)).toBe('FAILED');
  await housekeepCompares(world.server);
  expect(await schemas()).toEqual([]);
  await world.delete(earlier);
});

test('rows are not brought back into a network that was restored meanwhile', async () => {
  const { compare } = await ask();
  await world.settle();
  const restore = await world.stage(earlier);
  const { job, changeSet } = await requestBringBack(
    world.server,
    await may(world.server, 'backup.restore'),
    compare.id,
    { selection: { filter: {} } },
  );
  await world.apply(restore);
  const restored = await world.plant();
  await world.settle();
  expect((await world.job(job.id)).status).toBe('FAILED');
  const set = await world.server.vault.changeSet.findUniqueOrThrow({ where: { id: changeSet.id } });
  expect(set.status).toBe('FAILED');
  expect(await world.plant()).toEqual(restored);
});
