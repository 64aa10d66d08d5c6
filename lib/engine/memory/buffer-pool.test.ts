import { expect, test } from 'vitest';
import { BufferPool } from './buffer-pool.ts';

test('memory that was given back is used again, whole', () => {
  const pool = new BufferPool({ bufferBytes: 100, maxFree: 2 });
  const first = pool.take(10);
  expect(first.length).toBe(100);
  pool.give(first.subarray(20, 30));
  expect(pool.take().buffer).toBe(first.buffer);
  expect(pool.take().buffer).not.toBe(first.buffer);
});

test('what is larger gets memory of its own, which the pool does not keep', () => {
  const pool = new BufferPool({ bufferBytes: 100, maxFree: 2 });
  const large = pool.take(101);
  expect(large.length).toBe(101);
  for (const foreign of [large, Buffer.from('shared'), Buffer.from(new SharedArrayBuffer(100))])
    pool.give(foreign);
  expect([pool.take(), pool.take()].map(({ length }) => length)).toEqual([100, 100]);
});

test('keeps no more free memory than it was told to', () => {
  const pool = new BufferPool({ bufferBytes: 100, maxFree: 1 });
  const [one, other] = [pool.take(), pool.take()];
  pool.give(one);
  pool.give(other);
  expect(pool.take().buffer).toBe(one.buffer);
  expect(pool.take().buffer).not.toBe(other.buffer);
});
