import { mapAhead } from '#engine/ahead.ts';
import type { ArchiveSource } from '#engine/archive/read/source.ts';
import type { ObjectStore } from '#engine/store/port.ts';
import { FiberkeepError } from '#errors';
import { PieceWriter } from '../vault-store/piece-writer.ts';
import type { UploadBytes } from './upload-bytes.ts';
import { uploadGone } from './upload-gone.ts';

/** Every piece of an upload but the last has this size. */
const PIECE_BYTES = 4 * 1024 * 1024;
const FOLDER = 'uploads/';
const PIECE_NAME = /^uploads\/([0-9a-f-]{36})\/(\d+)$/;
/** Pieces that are fetched before the reader asks for them. */
const AHEAD = { most: 4 };

/** The objects `uploads/<id>/<n>`: pieces of one size, so that the listing says how much is here. */
export class ObjectUploads implements UploadBytes {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  async create(): Promise<void> {}

  /** A piece behind one that is not full does not count: it was put before one that failed. */
  async received(id: string): Promise<number> {
    const sizes = new Map<number, number>();
    for await (const { name, bytes } of this.#store.list(`${FOLDER}${id}/`)) {
      const piece = PIECE_NAME.exec(name)?.[2];
      if (piece !== undefined) sizes.set(Number(piece), bytes);
    }
    let full = 0;
    while (sizes.get(full) === PIECE_BYTES) full++;
    return full * PIECE_BYTES + (sizes.get(full) ?? 0);
  }

  async append(
    id: string,
    offset: number,
    source: AsyncIterable<Uint8Array>,
    onProgress: (bytes: number) => void,
  ): Promise<number> {
    const first = Math.floor(offset / PIECE_BYTES);
    const put = (piece: number, bytes: Buffer) => this.#store.put(pieceOf(id, piece), bytes);
    const writer = new PieceWriter(PIECE_BYTES, put, first);
    const begun = offset % PIECE_BYTES;
    if (begun > 0) await writer.write((await this.#piece(id, first)).subarray(0, begun));
    let at = offset;
    try {
      for await (const bytes of source) {
        await writer.write(bytes);
        at += bytes.length;
        onProgress(at);
      }
    } finally {
      if (at > offset) await writer.finish();
    }
    return at;
  }

  async open(id: string): Promise<ArchiveSource & AsyncDisposable> {
    const bytes = await this.received(id);
    const fetch = (piece: number) => this.#piece(id, piece);
    async function* read(start: number) {
      const pieces = mapAhead(piecesFrom(start, bytes), AHEAD, async (piece) => ({
        at: piece * PIECE_BYTES,
        held: await fetch(piece),
      }));
      for await (const { at, held } of pieces)
        yield held.subarray(Math.max(0, start - at), bytes - at);
    }
    return { bytes, read, [Symbol.asyncDispose]: async () => {} };
  }

  async remove(id: string): Promise<void> {
    for await (const { name } of this.#store.list(`${FOLDER}${id}/`))
      await this.#store.delete(name);
  }

  async *list(): AsyncGenerator<{ id: string; modifiedAt: Date }> {
    const newest = new Map<string, Date>();
    for await (const { name, modifiedAt } of this.#store.list(FOLDER)) {
      const id = PIECE_NAME.exec(name)?.[1];
      const known = id && newest.get(id);
      if (id && (!known || known < modifiedAt)) newest.set(id, modifiedAt);
    }
    for (const [id, modifiedAt] of newest) yield { id, modifiedAt };
  }

  async #piece(id: string, piece: number): Promise<Buffer> {
    return this.#store.get(pieceOf(id, piece)).catch((thrown) => {
      if (thrown instanceof FiberkeepError && thrown.code === 'CHUNK_MISSING')
        throw uploadGone(thrown);
      throw thrown;
    });
  }
}

function pieceOf(id: string, piece: number): string {
  return `${FOLDER}${id}/${piece}`;
}

async function* piecesFrom(start: number, end: number): AsyncGenerator<number> {
  for (let piece = Math.floor(start / PIECE_BYTES); piece * PIECE_BYTES < end; piece++) yield piece;
}
