/** Start options that keep the memory of a worker process low. */
export const WORKER_ENV = {
  // glibc gives every thread its own heap, which keeps the memory of past chunks: about 30 MB.
  MALLOC_ARENA_MAX: '2',
};

/**
 * For Node. A backup's bytes lie in buffers outside V8's heap. Without this, V8 marks its whole heap for every
 * 20 MB of them: 7% of the processor time of an upload's check.
 */
export const WORKER_FLAGS = ['--initial-old-space-size=48'];
