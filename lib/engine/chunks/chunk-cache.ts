import type { ChunkRef } from '../ports.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import { fetchChunk } from './chunk.ts';

/** Opened chunks, of which the last used are kept: ropes alternate between a few chunks. */
export interface ChunkCache {
  /** The plaintext; throws CHUNK_MISSING, CHUNK_CORRUPT or WRONG_KEY. */
  open(ref: ChunkRef): Promise<Buffer>;
}

const MAX_BYTES = 24 * 1024 * 1024;

export function openChunkCache(
  store: ObjectStore,
  keys: ServerKeys,
  maxBytes: number = MAX_BYTES,
): ChunkCache {
  const kept = new Map<string, { plain: Promise<Buffer>; bytes: number }>();
  let bytes = 0;

  function forgetOldest(): void {
    for (const [name, entry] of kept) {
      if (bytes <= maxBytes) return;
      kept.delete(name);
      bytes -= entry.bytes;
    }
  }

  return {
    open(ref) {
      const name = `${ref.id}.${ref.generation}`;
      const known = kept.get(name);
      if (known) {
        kept.delete(name);
        kept.set(name, known);
        return known.plain;
      }
      const plain = fetchChunk(store, keys, ref);
      // Opened ahead of its use: a failure is thrown when the chunk is used.
      plain.catch(() => {});
      bytes += ref.plainBytes;
      forgetOldest();
      kept.set(name, { plain, bytes: ref.plainBytes });
      return plain;
    },
  };
}
