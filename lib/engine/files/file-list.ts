import type { ChunkWriter } from '../chunks/chunk-writer.ts';
import { ByteReader, ByteWriter, malformed } from '../encoding.ts';
import type { ChunkRef } from '../ports.ts';

/** A file of the posts in a backup. One of more than 0 bytes without chunks was missing when it was made. */
export interface FileEntry {
  /** 64 hex digits. */
  readonly sha256: string;
  readonly bytes: number;
  readonly chunks: readonly ChunkRef[];
}

const VERSION = 1;
const DIGEST_BYTES = 32;
/** Of the list's pieces: one file in so many ends a piece, by its digest, so that a new file changes one piece. */
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

/** Throws CHUNK_CORRUPT for bytes that are no piece of a file list. */
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

/** Gathers entries, in order of their digests, into pieces that are chunks of their own. */
export class FileListBuilder {
  private readonly writer: ChunkWriter;
  private readonly refs: Promise<ChunkRef>[] = [];
  private entries: FileEntry[] = [];

  constructor(writer: ChunkWriter) {
    this.writer = writer;
  }

  async add(entry: FileEntry): Promise<void> {
    this.entries.push(entry);
    const ends = Number.parseInt(entry.sha256.slice(-4), 16) % FILES_A_PIECE === 0;
    if (ends || this.entries.length >= MAX_FILES_A_PIECE) await this.closePiece();
  }

  async finish(): Promise<ChunkRef[]> {
    if (this.entries.length > 0) await this.closePiece();
    return Promise.all(this.refs);
  }

  private async closePiece(): Promise<void> {
    const plain = encodeFileEntries(this.entries);
    this.entries = [];
    // Digests and ids do not shrink.
    const { ref } = await this.writer.add(plain, 'none');
    this.refs.push(ref);
  }
}
