/** How far work runs ahead of the reader of its results. */
export interface AheadLimits {
  readonly most: number;
  /** Limits the sum of the weights under way; one item always is. */
  readonly mostWeight?: number;
}

/** Does `work` on the items, several at a time, and yields the results in their order. */
export async function* mapAhead<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  limits: AheadLimits,
  work: (item: T) => Promise<R>,
  weigh: (item: T) => number = () => 0,
): AsyncGenerator<R, void> {
  const { most, mostWeight = Number.POSITIVE_INFINITY } = limits;
  const queue: { result: Promise<R>; weight: number }[] = [];
  let weight = 0;
  const take = () => {
    const first = queue.shift();
    weight -= first?.weight ?? 0;
    return first?.result as Promise<R>;
  };
  for await (const item of items) {
    const entry = { result: work(item), weight: weigh(item) };
    // The failure is thrown when this result is awaited, if ever.
    entry.result.catch(() => {});
    queue.push(entry);
    weight += entry.weight;
    while (queue.length >= most || weight > mostWeight) yield await take();
  }
  while (queue.length > 0) yield await take();
}
