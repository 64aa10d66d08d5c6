import type { ChunkWriter } from '../chunks/chunk-writer.ts';
import { chooseCodec } from '../chunks/codec.ts';
import { release } from '../memory/release.ts';
import type { ChunkRef } from '../ports.ts';
import type { Cutter } from './cut.ts';

export interface StoredContent {
  readonly bytes: number;
  /** Resolve when the chunks are stored and were read back. */
  readonly refs: readonly Promise<ChunkRef>[];
}

/** Cuts a file's bytes into chunks and hands them to the writer. The caller compares the file's digest. */
export async function storeContent(
  writer: ChunkWriter,
  cutter: Cutter,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<StoredContent> {
  const refs: Promise<ChunkRef>[] = [];
  let bytes = 0;
  for await (const piece of cutter.cut(content)) {
    signal.throwIfAborted();
    bytes += piece.length;
    const { ref } = await writer.add(piece, chooseCodec(piece));
    refs.push(ref);
    const free = () => release(piece);
    ref.then(free, free);
  }
  return { bytes, refs };
}
