import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { credentials, openVaultLab, s3Kinds, type VaultLab } from '#testing/vault-lab.ts';
import { assertWhole } from './whole.ts';
import { World } from './world.ts';

for (const [name, value] of Object.entries(credentials)) vi.stubEnv(name, value);

describe.each(s3Kinds)('a server whose vault lies on %s', { timeout: 120_000 }, (kind) => {
  let lab: VaultLab;
  let database: TestDatabase;
  let world: World;
  let prefixes = 0;

  beforeAll(async () => {
    lab = await openVaultLab(kind);
  }, 120_000);
  afterAll(() => lab[Symbol.asyncDispose]());

  beforeEach(async () => {
    database = await openTestDatabase();
    world = await World.open(database.url, { more: lab.env(`world-${++prefixes}`) });
  });
  afterEach(async () => {
    lab.proxy.faults.length = 0;
    await world[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  test('makes backups, tests, restores and takes back, and sweeps what nobody needs', async () => {
    const earlier = await world.backup('earlier');
    const before = await world.plant();
    await world.goOn('later');
    await world.backup('later');
    const restore = await world.apply(await world.stage(earlier));
    await world.settle();
    await world.undo(restore);
    await world.settle();
    await world.delete(earlier);
    await world.settle();
    expect(before).not.toEqual(await world.plant());
    await assertWhole(world, await world.plant());
  });
});
