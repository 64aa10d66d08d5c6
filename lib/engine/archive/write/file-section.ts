import { createHash } from 'node:crypto';
import { isMissing } from '#engine/backup/read.ts';
import {
  chunkObject,
  fetchChunk,
  type OpenOptions,
  openChunkPieces,
} from '#engine/chunks/chunk.ts';
import { fetchChunks } from '#engine/chunks/fetch-ahead.ts';
import { decodeFileEntries, type FileEntry } from '#engine/files/file-list.ts';
import { release } from '#engine/memory/release.ts';
import type { ChunkRef, Manifest } from '#engine/ports.ts';
import type { ServerKeys } from '#engine/sealing/keys.ts';
import type { ObjectStore } from '#engine/store/port.ts';
import { SEGMENT_BYTES } from '../container/age/stream.ts';
import { fileEntry } from '../container/archive-manifest.ts';
import { crc32Of, storedMember, storedMemberSize } from '../container/gzip.ts';
import { TAR_BLOCK_BYTES, tarHeader, tarPadding } from '../container/tar.ts';

/** What one walk over the list of files tells about an archive. */
export interface FileSection {
  /** Of `files.ndjson`. */
  readonly list: { readonly bytes: number; readonly sha256: string };
  /** Files that have an entry: those that were not missing. */
  readonly held: { readonly count: number; readonly bytes: number };
  /** For each piece of the list: where its files begin in the section, and how many members precede them. */
  readonly pieces: readonly {
    readonly ref: ChunkRef;
    readonly start: number;
    readonly members: number;
  }[];
  /** Of the gzip members of all files. */
  readonly bytes: number;
  /** SHA-256 (hex) of the length of each member: with the list, it determines their bytes. */
  readonly cuts: string;
}

/** A gzip member holds one chunk of a file; the first also the tar header, the last also the padding. */
export interface FileMember {
  /** Counts from 0. */
  readonly number: number;
  readonly start: number;
  readonly bytes: number;
  readonly chunk: ChunkRef | null;
  readonly header: { readonly name: string; readonly bytes: number } | null;
  readonly padding: number;
}

/** Reads the list once; the cost does not depend on the files' size. */
export async function surveyFiles(
  store: ObjectStore,
  keys: ServerKeys,
  manifest: Manifest,
): Promise<FileSection> {
  const [hash, cuts] = [createHash('sha256'), createHash('sha256')];
  const pieces: { ref: ChunkRef; start: number; members: number }[] = [];
  let [listBytes, count, fileBytes, at, passed] = [0, 0, 0, 0, 0];
  const refs = manifest.files.list.values();
  for await (const piece of fetchChunks(store, keys, manifest.files.list)) {
    pieces.push({ ref: refs.next().value as ChunkRef, start: at, members: passed });
    for (const entry of decodeFileEntries(piece)) {
      const line = fileLine(entry);
      hash.update(line);
      listBytes += line.length;
      if (isMissing(entry)) continue;
      count++;
      fileBytes += entry.bytes;
      for (const member of fileMembers(entry, at, passed)) {
        cuts.update(`${member.bytes}\n`);
        at += member.bytes;
        passed++;
      }
    }
  }
  const list = { bytes: listBytes, sha256: hash.digest('hex') };
  return { list, held: { count, bytes: fileBytes }, pieces, bytes: at, cuts: cuts.digest('hex') };
}

/** A line of `files.ndjson`. */
export function fileLine(entry: FileEntry): string {
  const { sha256, bytes } = entry;
  return `${JSON.stringify({ sha256, bytes, ...(isMissing(entry) ? { missing: true } : {}) })}\n`;
}

/** Reads pieces of the list, and keeps the last one for the next call. */
export function openFileList(
  store: ObjectStore,
  keys: ServerKeys,
): (piece: ChunkRef) => Promise<FileEntry[]> {
  let last: { readonly piece: ChunkRef; readonly entries: Promise<FileEntry[]> } | null = null;
  return (piece) => {
    if (last?.piece !== piece) {
      const entries = fetchChunk(store, keys, piece).then(decodeFileEntries);
      last = { piece, entries };
      entries.catch(() => {
        last = null;
      });
    }
    return last.entries;
  };
}

/** The members that overlap [start, end) of the section, in order. `list` comes from `openFileList`. */
export async function* membersBetween(
  list: (piece: ChunkRef) => Promise<FileEntry[]>,
  section: FileSection,
  start: number,
  end: number,
): AsyncGenerator<FileMember, void> {
  const next = section.pieces.findIndex((piece) => piece.start > start);
  const first = (next < 0 ? section.pieces.length : next) - 1;
  for (const piece of section.pieces.slice(Math.max(0, first))) {
    if (piece.start >= end) return;
    let [at, passed] = [piece.start, piece.members];
    for (const entry of await list(piece.ref)) {
      if (isMissing(entry)) continue;
      for (const member of fileMembers(entry, at, passed)) {
        at = member.start + member.bytes;
        passed++;
        if (member.start >= end) return;
        if (at > start) yield member;
      }
    }
  }
}

/** Matches the age segment size; small enough for recycled memory. */
const PIECE_BYTES = SEGMENT_BYTES;

/** A member's chunk as the store has it; null for a member without one. */
export async function fetchMember(
  store: ObjectStore,
  { chunk }: FileMember,
): Promise<Buffer | null> {
  return chunk && store.get(chunkObject(chunk));
}

interface OpenMemberOptions extends Pick<OpenOptions, 'idCompared'> {
  readonly modifiedAt: number;
  /** CRC-32 of the member's plaintext, where it is known. */
  readonly sum?: number | undefined;
}

/** A stretch of the plaintext. */
export interface OpenPart {
  readonly pieces: Buffer[];
  /** To be called when nobody looks at the pieces any more: their memory is used again. */
  done(): void;
}

/** The member's bytes, from its chunk as the store has it. Throws CHUNK_CORRUPT or WRONG_KEY. */
export async function openMember(
  keys: ServerKeys,
  { header, chunk, padding }: FileMember,
  sealed: Buffer | null,
  { modifiedAt, idCompared, sum: known }: OpenMemberOptions,
): Promise<OpenPart & { readonly sum: number }> {
  const opened =
    chunk && sealed
      ? await openChunkPieces(keys, chunk, sealed, { idCompared, pieceBytes: PIECE_BYTES })
      : [];
  const before = header ? [tarHeader({ ...header, modifiedAt })] : [];
  const plain = [...before, ...opened, Buffer.alloc(padding)];
  const sum = known ?? crc32Of(plain);
  return { pieces: storedMember(plain, sum), sum, done: () => opened.forEach(release) };
}

function fileMembers(entry: FileEntry, start: number, before: number): FileMember[] {
  const { sha256 } = entry;
  const chunks = entry.chunks.length > 0 ? entry.chunks : [null];
  let at = start;
  return chunks.map((chunk, i) => {
    const header = i === 0 ? { name: fileEntry(sha256), bytes: entry.bytes } : null;
    const padding = i === chunks.length - 1 ? tarPadding(entry.bytes) : 0;
    const plain = (header ? TAR_BLOCK_BYTES : 0) + (chunk?.plainBytes ?? 0) + padding;
    const bytes = storedMemberSize(plain);
    const member = { number: before + i, start: at, bytes, chunk, header, padding };
    at += member.bytes;
    return member;
  });
}
