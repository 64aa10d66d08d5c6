import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { openChunkIndex } from './chunk-index.ts';

let opened: TestServer;
beforeAll(async () => {
  opened = await openTestServer();
});
afterAll(() => opened[Symbol.asyncDispose]());

async function lastNumber(): Promise<bigint> {
  const { rows } = await opened.server.pool.query(
    'SELECT last_value AS last FROM vault.chunk_generation',
  );
  return BigInt(rows[0].last);
}

/** Whether somebody waits for the sequence of numbers. */
async function isWaitedFor(): Promise<boolean> {
  const { rows } = await opened.server.pool.query(
    "SELECT FROM pg_locks WHERE relation = 'vault.chunk_generation'::regclass AND NOT granted",
  );
  return rows.length > 0;
}

async function adopt(generation: bigint): Promise<void> {
  const id = randomBytes(32).toString('hex');
  const ref = { id, generation, codec: 'brotli' as const, plainBytes: 1 };
  await openChunkIndex(opened.server.pool, randomUUID()).adopt([ref]);
}

test('numbers are raised for chunks that come back only while nobody else takes one', async () => {
  const taking = await opened.server.pool.connect();
  const taken = (await lastNumber()) + 1_000n;
  await taking.query('BEGIN');
  await taking.query("SELECT nextval('vault.chunk_generation')");
  const adopting = adopt(taken);
  try {
    await expect.poll(isWaitedFor).toBe(true);
    expect(await lastNumber()).toBeLessThan(taken);
  } finally {
    await taking.query('COMMIT');
    taking.release();
  }
  await adopting;
  expect(await lastNumber()).toBe(taken);
});

test('numbers never go back for chunks that come back under earlier ones', async () => {
  const last = await lastNumber();
  await adopt(last - 1n);
  expect(await lastNumber()).toBe(last);
});
