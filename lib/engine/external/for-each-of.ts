/**
 * Does `work` for each item, `atOnce` at a time, in order. The first failure stops the rest; it is thrown once those
 * under way have ended.
 */
export async function forEachOf<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const left = items.values();
  let failed = false;
  const hands = Array.from({ length: Math.min(atOnce, items.length) }, async () => {
    for (const item of left) {
      signal.throwIfAborted();
      await work(item).catch((thrown) => {
        failed = true;
        throw thrown;
      });
      if (failed) return;
    }
  });
  const ended = await Promise.allSettled(hands);
  for (const hand of ended) if (hand.status === 'rejected') throw hand.reason;
}
