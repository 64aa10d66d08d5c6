import { memoryUsage } from 'node:process';
import { expect, test } from 'vitest';
import { release } from './release.ts';

const MB = 1024 * 1024;

test('frees memory at once, and leaves the buffer empty', () => {
  const before = memoryUsage().arrayBuffers;
  for (let i = 0; i < 500; i++) {
    const buffer = Buffer.allocUnsafeSlow(MB);
    release(buffer);
    expect(buffer.length).toBe(0);
  }
  expect(memoryUsage().arrayBuffers - before).toBeLessThan(20 * MB);
});

test('leaves memory alone that others may share', () => {
  const whole = Buffer.alloc(MB, 1);
  const others = [
    whole.subarray(0, MB - 1),
    Buffer.from('in the memory that all small buffers share'),
    Buffer.from(new SharedArrayBuffer(MB)),
  ];
  const lengths = others.map(({ length }) => length);
  for (const other of others) release(other);
  expect(others.map(({ length }) => length)).toEqual(lengths);
  expect(whole.every((byte) => byte === 1)).toBe(true);
});
