import { FiberkeepError } from '#errors';
import type { ObjectStore } from './port.ts';

/** A store that reads each object from `here`, or `there` where it is not here. All else happens there. */
export function firstOf(here: ObjectStore, there: ObjectStore): ObjectStore {
  return {
    ...(there.far && { far: true }),
    get: (name) => here.get(name).catch((thrown) => elsewhere(thrown, () => there.get(name))),
    put: (name, bytes) => there.put(name, bytes),
    putNew: (name, bytes) => there.putNew(name, bytes),
    sync: () => there.sync(),
    has: (name) => there.has(name),
    delete: (name) => there.delete(name),
    list: (prefix) => there.list(prefix),
    tidy: (before) => there.tidy(before),
    freeBytes: () => there.freeBytes(),
  };
}

function elsewhere<T>(thrown: unknown, read: () => Promise<T>): Promise<T> {
  if (thrown instanceof FiberkeepError && thrown.code === 'CHUNK_MISSING') return read();
  throw thrown;
}
