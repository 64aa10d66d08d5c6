import type { ChunkIndex, ChunkRef } from '#engine/ports.ts';
import type { Random } from './random.ts';

/** A catalogue of chunks in memory. Now and then it lost one: what is in it must be stored again. */
export function memoryIndex(random: Random): ChunkIndex {
  const known = new Map<string, ChunkRef>();
  const lost = new Set<string>();
  let generation = 0n;
  const nameOf = ({ id, generation }: ChunkRef) => `${id}.${generation}`;
  return {
    async reserve(chunks) {
      return chunks.map(({ id, codec, plainBytes }) => {
        const stored = known.get(id);
        if (stored) return { ref: stored, stored: true };
        const ref = { id, codec, plainBytes, generation: ++generation };
        return { ref, stored: false };
      });
    },
    async confirm(chunks) {
      for (const { ref } of chunks) known.set(ref.id, ref);
    },
    async pin(refs) {
      for (const ref of refs)
        if (random.chance(1 / 400)) {
          lost.add(nameOf(ref));
          if (known.get(ref.id)?.generation === ref.generation) known.delete(ref.id);
        }
      return refs.filter((ref) => lost.has(nameOf(ref)));
    },
    async adopt(refs) {
      return refs;
    },
    async distrust() {},
  };
}
