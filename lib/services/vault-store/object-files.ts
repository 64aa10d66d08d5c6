import { createHash, randomUUID } from 'node:crypto';
import { mapAhead } from '#engine/ahead.ts';
import {
  type ContentHead,
  contentOfHead,
  HEADS,
  headObject,
  linkObject,
  openHead,
  openPiece,
  PIECE_BYTES,
  PIECES,
  pieceObject,
  sealHead,
  sealPiece,
  writingOf,
} from '#engine/files/content-objects.ts';
import type { ServerKeys } from '#engine/sealing/keys.ts';
import type { ObjectStore } from '#engine/store/port.ts';
import { FiberkeepError } from '#errors';
import type { FileStore, OpenContent, ReceivedFile } from '#plant/file-store.ts';
import { PieceWriter } from './piece-writer.ts';

/** Pieces that are fetched before the reader asks for them. */
const AHEAD = { most: 3 };
const WORTH_A_LISTING = 100;

/**
 * Contents of the posts' files as sealed objects (FORMAT.md, "Files of posts"). A content is there once its head is.
 * The head of a larger one is put after its pieces, so what breaks off before leaves pieces without a head.
 */
export class ObjectFiles implements FileStore {
  readonly #store: ObjectStore;
  readonly #keys: ServerKeys;

  constructor(store: ObjectStore, keys: ServerKeys) {
    this.#store = store;
    this.#keys = keys;
  }

  async receive(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<ReceivedFile> {
    const id = randomUUID();
    const hash = createHash('sha256');
    const writer = new PieceWriter(PIECE_BYTES, (n, plain) =>
      this.#store.put(pieceObject(id, n), sealPiece(this.#keys, id, n, plain)),
    );
    let bytes = 0;
    try {
      for await (const piece of source) {
        bytes += piece.length;
        if (bytes > maxBytes) throw tooLarge(maxBytes);
        hash.update(piece);
        await writer.write(piece);
      }
      const sha256 = hash.digest('hex');
      const isWhole = bytes <= PIECE_BYTES;
      const content = isWhole ? writer.held() : null;
      if (!isWhole) await writer.finish();
      const head: ContentHead = content
        ? { kind: 'whole', content }
        : { kind: 'pieces', id, bytes };
      return this.#received({ sha256, bytes, id, head });
    } catch (thrown) {
      await writer.settled();
      await this.#removePieces(id, Math.ceil(bytes / PIECE_BYTES)).catch(() => {});
      throw thrown;
    }
  }

  #received(content: {
    sha256: string;
    bytes: number;
    id: string;
    head: ContentHead;
  }): ReceivedFile {
    const { sha256, bytes, id, head } = content;
    let kept = false;
    return {
      sha256,
      bytes,
      keep: async () => {
        if (kept) return;
        // The link comes first: pieces with a head always have one.
        if (head.kind === 'pieces')
          await this.#store.put(linkObject(id, headObject(this.#keys, sha256)), Buffer.alloc(0));
        await this.#store.put(headObject(this.#keys, sha256), sealHead(this.#keys, sha256, head));
        kept = true;
      },
      [Symbol.asyncDispose]: async () => {
        if (!kept && head.kind === 'pieces')
          await this.#removePieces(id, Math.ceil(bytes / PIECE_BYTES));
      },
    };
  }

  async write(sha256: string, source: AsyncIterable<Uint8Array>): Promise<void> {
    await using received = await this.receive(source, Number.MAX_SAFE_INTEGER);
    if (received.sha256 !== sha256)
      throw new FiberkeepError('DIGEST_MISMATCH', {
        reason: 'fileBytesDiffer',
        params: { sha256 },
      });
    await received.keep();
  }

  has(sha256: string): Promise<boolean> {
    return this.#store.has(headObject(this.#keys, sha256));
  }

  /** Names and sizes of a thousand objects cost one request, as each question does. */
  async asking(count: number): Promise<(sha256: string) => Promise<boolean>> {
    if (count < WORTH_A_LISTING) return (sha256) => this.has(sha256);
    const here = new Set<string>();
    for await (const { sha256 } of this.list()) here.add(sha256);
    return async (sha256) => here.has(sha256);
  }

  async *read(sha256: string): AsyncGenerator<Uint8Array> {
    const { bytes, read } = await this.open(sha256);
    yield* read(0, bytes);
  }

  async open(sha256: string): Promise<OpenContent> {
    const sealed = await this.#store.get(headObject(this.#keys, sha256)).catch((thrown) => {
      throw isMissing(thrown) ? missing(sha256, thrown) : thrown;
    });
    const head = openHead(this.#keys, sha256, sealed);
    if (head.kind === 'pieces')
      return { bytes: head.bytes, read: (start, end) => this.#range(sha256, head, start, end) };
    const { content } = head;
    async function* read(start: number, end: number) {
      if (start < end) yield content.subarray(start, end);
    }
    return { bytes: content.length, read };
  }

  /** Reads pieces whole, and a few of them ahead. */
  async *#range(
    sha256: string,
    { id, bytes }: ContentHead & { kind: 'pieces' },
    start: number,
    end: number,
  ): AsyncGenerator<Buffer> {
    const fetched = mapAhead(piecesBetween(start, Math.min(end, bytes)), AHEAD, async (piece) => {
      const at = piece * PIECE_BYTES;
      const sealed = await this.#store.get(pieceObject(id, piece));
      const size = Math.min(PIECE_BYTES, bytes - at);
      return { at, plain: openPiece(this.#keys, { sha256, id, piece, bytes: size }, sealed) };
    });
    for await (const { at, plain } of fetched)
      yield plain.subarray(Math.max(0, start - at), Math.max(0, end - at));
  }

  async *list(): AsyncGenerator<{ sha256: string; modifiedAt: Date }> {
    for await (const { name, modifiedAt } of this.#store.list(HEADS)) {
      const sha256 = contentOfHead(this.#keys, name);
      if (sha256 !== null) yield { sha256, modifiedAt };
    }
  }

  /** The pieces of a larger content stay until `deletePartials`: somebody may be reading them. */
  delete(sha256: string): Promise<void> {
    return this.#store.delete(headObject(this.#keys, sha256));
  }

  /** Removes pieces that no head names. */
  async deletePartials(before: Date): Promise<number> {
    const writings = await this.#writings();
    const old = [...writings].filter(([, { newest }]) => newest < before);
    if (old.length === 0) return 0;
    const needed = await this.#neededOf(writings);
    let deleted = 0;
    for (const [id, { head, pieces }] of old) {
      if (needed.has(id)) continue;
      await this.#removePieces(id, pieces);
      if (head !== null) await this.#store.delete(linkObject(id, head));
      deleted++;
    }
    return deleted;
  }

  /** What lies there in pieces, by the id of its writing. */
  async #writings(): Promise<Map<string, Writing>> {
    const found = new Map<string, Writing>();
    for await (const { name, modifiedAt } of this.#store.list(PIECES)) {
      const of = writingOf(name);
      if (!of) continue;
      const known = found.get(of.id);
      found.set(of.id, {
        head: of.head ?? known?.head ?? null,
        pieces: Math.max(known?.pieces ?? 0, (of.piece ?? -1) + 1),
        newest: known && known.newest > modifiedAt ? known.newest : modifiedAt,
      });
    }
    return found;
  }

  /** The ids that heads name. A head is asked only where several writings link to it. */
  async #neededOf(writings: ReadonlyMap<string, Writing>): Promise<Set<string>> {
    const byHead = new Map<string, string[]>();
    for (const [id, { head }] of writings)
      if (head !== null) byHead.set(head, [...(byHead.get(head) ?? []), id]);
    const needed = new Set<string>();
    for await (const { name } of this.#store.list(HEADS)) {
      const [only, ...others] = byHead.get(name) ?? [];
      const id = others.length > 0 ? await this.#idIn(name) : only;
      if (id) needed.add(id);
    }
    return needed;
  }

  async #idIn(object: string): Promise<string | undefined> {
    const sha256 = contentOfHead(this.#keys, object) ?? '';
    const head = openHead(this.#keys, sha256, await this.#store.get(object));
    return head.kind === 'pieces' ? head.id : undefined;
  }

  async #removePieces(id: string, count: number): Promise<void> {
    for (let piece = 0; piece < count; piece++) await this.#store.delete(pieceObject(id, piece));
  }
}

/** One writing of a larger content. */
interface Writing {
  readonly head: string | null;
  /** The number of its last piece and one. */
  readonly pieces: number;
  readonly newest: Date;
}

async function* piecesBetween(start: number, end: number): AsyncGenerator<number> {
  for (let piece = Math.floor(start / PIECE_BYTES); piece * PIECE_BYTES < end; piece++) yield piece;
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof FiberkeepError && thrown.code === 'CHUNK_MISSING';
}

function missing(sha256: string, cause: unknown): FiberkeepError {
  return new FiberkeepError('FILE_MISSING', { reason: 'fileNotHere', params: { sha256 }, cause });
}

function tooLarge(maxBytes: number): FiberkeepError {
  return new FiberkeepError('PAYLOAD_TOO_LARGE', { reason: 'fileTooLarge', params: { maxBytes } });
}
