import { FiberkeepError } from '#errors';
import type { ObjectStore } from '../store/port.ts';

/** A store in memory that holds the objects. */
export function storeOf(objects: Record<string, Buffer>): ObjectStore {
  const held = new Map(Object.entries(objects));
  return {
    put: async (name, bytes) => void held.set(name, Buffer.from(bytes)),
    async putNew(name, bytes) {
      if (held.has(name)) return false;
      held.set(name, Buffer.from(bytes));
      return true;
    },
    sync: async () => {},
    async get(name) {
      const bytes = held.get(name);
      if (bytes) return Buffer.from(bytes);
      throw new FiberkeepError('CHUNK_MISSING', {
        reason: 'objectMissing',
        params: { object: name },
      });
    },
    has: async (name) => held.has(name),
    delete: async (name) => void held.delete(name),
    async *list(prefix) {
      for (const [name, { length: bytes }] of held)
        if (name.startsWith(prefix)) yield { name, bytes, modifiedAt: new Date(0) };
    },
    tidy: async () => {},
    freeBytes: async () => null,
  };
}
