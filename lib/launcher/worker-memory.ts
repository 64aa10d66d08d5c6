/** How a worker process is started, so that the bytes that pass through it cost no more than they must. */
export const WORKER_ENV = {
  // glibc gives every thread a heap of its own, and they keep what chunks passed through them: some 30 MB.
  MALLOC_ARENA_MAX: '2',
};

/**
 * For Node. A backup's bytes lie in buffers outside V8's heap, and without this V8 looks through all that lives
 * in it for every 20 MB of them: 7% of the processor time of an upload's check.
 */
export const WORKER_FLAGS = ['--initial-old-space-size=48'];
