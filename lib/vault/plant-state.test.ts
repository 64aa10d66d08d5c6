import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { openVaultClient, type VaultClient } from './client.ts';
import { holdPlant, lockPlantState, plantEpoch, raiseEpoch } from './plant-state.ts';
import { inTransaction } from './transaction.ts';

let database: TestDatabase;
let pool: pg.Pool;
let vault: VaultClient;

beforeAll(async () => {
  database = await openTestDatabase();
  pool = new pg.Pool({ connectionString: database.url });
  vault = openVaultClient(pool);
});

afterAll(async () => {
  await vault?.$disconnect();
  await pool?.end();
  await database?.[Symbol.asyncDispose]();
});

beforeEach(() => vault.job.deleteMany());

async function runningJob(leaseMs = 10_000): Promise<string> {
  const id = uuidv7();
  const leaseUntil = new Date(Date.now() + leaseMs);
  await vault.job.create({
    data: {
      id,
      kind: 'CREATE_BACKUP',
      status: 'RUNNING',
      input: {},
      requestedByKind: 'PERSON',
      requestedByName: 'Ana',
      leaseUntil,
    },
  });
  return id;
}

async function holder() {
  return (await inTransaction(pool, lockPlantState)).holder;
}

/** As the end of a job does. */
async function release(jobId: string): Promise<void> {
  const holderJobId = { holderJobId: null };
  await vault.plantState.updateMany({ where: { holderJobId: jobId }, data: holderJobId });
}

test('of two running jobs, one holds the plant and the other is refused with PLANT_BUSY', async () => {
  const [first, second] = [await runningJob(), await runningJob()];
  const outcomes = await Promise.allSettled([holdPlant(vault, first), holdPlant(vault, second)]);
  expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
  const refused = outcomes.find((outcome) => outcome.status === 'rejected');
  expect(refused?.reason.code).toBe('PLANT_BUSY');
});

test('the holder may take the plant again, and after its release another may', async () => {
  const [first, second] = [await runningJob(), await runningJob()];
  await holdPlant(vault, first);
  await holdPlant(vault, first);
  expect((await holder())?.jobId).toBe(first);
  await release(second);
  expect((await holder())?.jobId).toBe(first);
  await release(first);
  await holdPlant(vault, second);
  expect((await holder())?.jobId).toBe(second);
});

test('a hold ends with the lease of its job', async () => {
  const [first, second] = [await runningJob(), await runningJob()];
  await holdPlant(vault, first);
  await vault.job.update({ where: { id: first }, data: { leaseUntil: new Date(Date.now() - 1) } });
  expect(await holder()).toBeNull();
  await holdPlant(vault, second);
});

test('a hold ends with its job', async () => {
  const [first, second] = [await runningJob(), await runningJob()];
  await holdPlant(vault, first);
  await vault.job.update({
    where: { id: first },
    data: { status: 'FAILED', endedAt: new Date() },
  });
  expect(await holder()).toBeNull();
  await holdPlant(vault, second);
});

test('a job whose lease is over cannot take the plant', async () => {
  await expect(holdPlant(vault, await runningJob(-1))).rejects.toMatchObject({
    code: 'PLANT_BUSY',
  });
});

test('a raised epoch counts when its transaction commits', async () => {
  const before = await plantEpoch(vault);
  await inTransaction(pool, async (client) => {
    await raiseEpoch(client);
    expect(await plantEpoch(vault)).toBe(before);
  });
  expect(await plantEpoch(vault)).toBe(before + 1n);
});
