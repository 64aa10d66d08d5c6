import { createHash } from 'node:crypto';
import type { ChunkWriter } from '../chunks/chunk-writer.ts';
import { ByteReader, ByteWriter, malformed } from '../encoding.ts';
import type { ChunkRef, ManifestFiles } from '../ports.ts';

/** A file of the posts in a backup. A non-empty file without chunks was missing when the backup was made. */
export interface FileEntry {
  /** 64 hex digits. */
  readonly sha256: string;
  readonly bytes: number;
  readonly chunks: readonly ChunkRef[];
}

const VERSION = 1;
const DIGEST_BYTES = 32;
/** One file in so many ends a piece of the list, chosen by digest, so that a new file changes one piece. */
const FILES_A_PIECE = 512;
const MAX_FILES_A_PIECE = 4 * FILES_A_PIECE;

export function encodeFileEntries(entries: readonly FileEntry[]): Buffer {
  const out = new ByteWriter();
  out.byte(VERSION);
  out.number(entries.length);
  for (const entry of entries) {
    out.hex(entry.sha256);
    out.number(entry.bytes);
    out.number(entry.chunks.length);
    for (const ref of entry.chunks) out.chunk(ref);
  }
  return out.take();
}

/** Throws CHUNK_CORRUPT for bytes that are not a piece of a file list. */
export function decodeFileEntries(bytes: Buffer): FileEntry[] {
  const input = new ByteReader(bytes);
  if (input.byte() !== VERSION) throw malformed();
  const entries: FileEntry[] = [];
  for (let left = input.number(); left > 0; left--) {
    const sha256 = input.hex(DIGEST_BYTES);
    const size = input.number();
    const chunks: ChunkRef[] = [];
    for (let more = input.number(); more > 0; more--) chunks.push(input.chunk());
    entries.push({ sha256, bytes: size, chunks });
  }
  if (!input.atEnd) throw malformed();
  return entries;
}

/** Gathers entries, added in order of their digests, into pieces that are chunks of their own. */
export class FileListBuilder {
  readonly #writer: ChunkWriter;
  readonly #refs: Promise<ChunkRef>[] = [];
  #entries: FileEntry[] = [];

  constructor(writer: ChunkWriter) {
    this.#writer = writer;
  }

  async add(entry: FileEntry): Promise<void> {
    this.#entries.push(entry);
    const ends = Number.parseInt(entry.sha256.slice(-4), 16) % FILES_A_PIECE === 0;
    if (ends || this.#entries.length >= MAX_FILES_A_PIECE) await this.#closePiece();
  }

  async finish(): Promise<ChunkRef[]> {
    if (this.#entries.length > 0) await this.#closePiece();
    return Promise.all(this.#refs);
  }

  async #closePiece(): Promise<void> {
    const plain = encodeFileEntries(this.#entries);
    this.#entries = [];
    // Digests and ids do not compress.
    const { ref } = await this.#writer.add(plain, 'none');
    this.#refs.push(ref);
  }
}

/** Of a listed file in memory: its digest and its size. */
const LISTED_BYTES = DIGEST_BYTES + 8;

export interface ListedFile {
  readonly sha256: string;
  readonly bytes: number;
  /** Its bytes are gone. */
  readonly missing: boolean;
}

/** Files in order of their digests, at 40 bytes of memory each. */
export class ListedFiles {
  bytes = 0;
  count = 0;
  #buffer = Buffer.allocUnsafe(1024 * LISTED_BYTES);

  /** A missing file has more than 0 bytes. */
  push(sha256: string, bytes: number, missing = false): void {
    const at = this.count++ * LISTED_BYTES;
    if (at === this.#buffer.length)
      this.#buffer = Buffer.concat([this.#buffer], 2 * this.#buffer.length);
    this.#buffer.write(sha256, at, 'hex');
    this.#buffer.writeDoubleBE(missing ? -bytes : bytes, at + DIGEST_BYTES);
    this.bytes += bytes;
  }

  at(index: number): ListedFile {
    const at = index * LISTED_BYTES;
    const bytes = this.#buffer.readDoubleBE(at + DIGEST_BYTES);
    return {
      sha256: this.#buffer.toString('hex', at, at + DIGEST_BYTES),
      bytes: Math.abs(bytes),
      missing: bytes < 0,
    };
  }
}

/** Counts and digests a list of files, added in order of their digests. */
export class FilesSummary {
  readonly #hash = createHash('sha256');
  #count = 0;
  #bytes = 0;

  add({ sha256, bytes }: { sha256: string; bytes: number }): void {
    this.#hash.update(`${sha256} ${bytes}\n`);
    this.#count++;
    this.#bytes += bytes;
  }

  finish(list: readonly ChunkRef[]): ManifestFiles {
    return { count: this.#count, bytes: this.#bytes, digest: this.#hash.digest('hex'), list };
  }
}
