import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { BufferPool } from './buffer-pool.ts';

/**
 * Reads a whole file into a buffer of `pool`, blocking the thread. For a thread with nothing else to do:
 * the bytes are still in its processor's cache when they are used.
 */
export function readBlocking(file: string, pool: BufferPool): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const buffer = pool.take(size);
    let bytes = 0;
    for (let read = -1; read !== 0 && bytes < size; bytes += read)
      read = readSync(descriptor, buffer, bytes, size - bytes, bytes);
    return buffer.subarray(0, bytes);
  } finally {
    closeSync(descriptor);
  }
}
