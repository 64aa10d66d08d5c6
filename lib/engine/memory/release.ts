import { MessageChannel } from 'node:worker_threads';

/** Where nobody listens any more. */
const { port1: nowhere, port2 } = new MessageChannel();
port2.close();

/** Smaller ones may lie in memory that others share, and are not worth it. */
const SMALLEST_BYTES = 4 * 1024;

/**
 * Gives the memory of a buffer back at once, where the collector of garbage would take its time: what is
 * allocated next then comes from memory that the processor still has at hand, and nothing piles up. For large
 * buffers that nobody looks at any more: they are empty afterwards. One that is only part of its memory is
 * left alone.
 */
export function release(buffer: Buffer): void {
  const memory = buffer.buffer;
  if (buffer.length < SMALLEST_BYTES || memory.byteLength !== buffer.length) return;
  // What is sent to a port that has no other end is dropped there and then.
  if (memory instanceof ArrayBuffer) nowhere.postMessage(null, [memory]);
}
