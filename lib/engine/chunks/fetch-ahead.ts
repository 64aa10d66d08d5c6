import { type AheadLimits, mapAhead } from '../ahead.ts';
import type { ChunkRef } from '../ports.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import { chunkObject, fetchChunk } from './chunk.ts';

/**
 * A far store answers many requests at once as soon as one. With 40 ms for an answer, reading a small network back
 * takes 0.45 of the time that one request at a time takes (`npm run bench -- far`); larger ones gain more.
 */
const FAR: AheadLimits = { most: 16, mostWeight: 16 * 1024 * 1024 };
const NEAR: AheadLimits = { most: 1 };

/** How many objects of a store a reader has under way. */
export function aheadIn({ far = false }: Pick<ObjectStore, 'far'>): AheadLimits {
  return far ? FAR : NEAR;
}

/** The plaintexts of chunks in their order. Throws what `fetchChunk` throws, at the chunk that it is about. */
export function fetchChunks(
  store: ObjectStore,
  keys: ServerKeys,
  refs: Iterable<ChunkRef>,
): AsyncGenerator<Buffer, void> {
  return mapAhead(
    refs,
    aheadIn(store),
    (ref) => fetchChunk(store, keys, ref),
    ({ plainBytes }) => plainBytes,
  );
}

/** Larger items fetch the rest as they are read. */
const FETCHED_OF_ITEM = 4;

/** Fetches what items need before they are read. */
export interface FetchingAhead {
  /** What was fetched is taken from here, once. */
  readonly store: ObjectStore;
  /** The same items. Each is to be read before the next is asked for. */
  over<T>(
    items: AsyncIterable<T>,
    refsOf: (item: T) => readonly ChunkRef[],
  ): AsyncGenerator<T, void>;
}

export function fetchingAhead(store: ObjectStore): FetchingAhead {
  const fetched = new Map<string, Promise<Buffer>>();
  const begin = (ref: ChunkRef) => {
    const name = chunkObject(ref);
    if (fetched.has(name)) return;
    const bytes = store.get(name);
    // The failure is thrown to whom it is read for, if ever.
    bytes.catch(() => {});
    fetched.set(name, bytes);
  };

  async function* over<T>(items: AsyncIterable<T>, refsOf: (item: T) => readonly ChunkRef[]) {
    const first = (item: T) => refsOf(item).slice(0, FETCHED_OF_ITEM);
    const begun = mapAhead(
      items,
      aheadIn(store),
      async (item) => {
        first(item).forEach(begin);
        return item;
      },
      (item) => first(item).reduce((sum, { plainBytes }) => sum + plainBytes, 0),
    );
    for await (const item of begun) {
      yield item;
      for (const ref of first(item)) fetched.delete(chunkObject(ref));
    }
  }

  return {
    store: {
      ...store,
      get(name) {
        const bytes = fetched.get(name);
        fetched.delete(name);
        return bytes ?? store.get(name);
      },
    },
    over,
  };
}
