import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestServer, type TestServer } from '#testing/server.ts';
import { openChunkIndex } from './chunk-index.ts';

let opened: TestServer;
beforeAll(async () => {
  opened = await openTestServer();
});
afterAll(() => opened[Symbol.asyncDispose]());

test('while chunks come back under their old numbers, no number is given out twice', async () => {
  const { pool } = opened.server;
  const given: bigint[] = [];
  const chunk = () => ({
    id: randomBytes(32).toString('hex'),
    codec: 'brotli' as const,
    plainBytes: 1,
  });
  const last = async () => {
    const { rows } = await pool.query('SELECT last_value FROM vault.chunk_generation');
    return BigInt(rows[0].last_value);
  };
  const adopt = async () => {
    const generation = (await last()) + 2n;
    await openChunkIndex(pool, randomUUID()).adopt([{ ...chunk(), generation }]);
  };
  const reserve = async () => {
    const made = await openChunkIndex(pool, randomUUID()).reserve(Array.from({ length: 5 }, chunk));
    given.push(...made.map(({ ref }) => ref.generation));
  };
  for (let round = 0; round < 25; round++)
    await Promise.all([adopt(), reserve(), adopt(), reserve(), reserve()]);
  expect(new Set(given).size).toBe(given.length);
});
