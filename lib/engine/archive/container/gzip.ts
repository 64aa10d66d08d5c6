import { crc32, deflateRaw, type InflateRaw, inflateRaw } from 'node:zlib';
import { MAX_FILE_CHUNK_BYTES } from '#engine/files/cut.ts';
import type { BufferedReader } from './buffered-reader.ts';
import { differs } from './refusals.ts';
import { TAR_BLOCK_BYTES } from './tar.ts';

/**
 * RFC 1952: a gzip file is a series of members, each readable by itself. Ours say their length in an extra
 * field, so that a reader finds the next one without inflating.
 */
const EXTRA_ID = 'FK';
/** RFC 1952 section 2.3: the ten fixed bytes, XLEN, then one subfield with the length. */
const FIXED_BYTES = 10;
const XLEN_BYTES = 2;
const SUBFIELD_HEADER_BYTES = 4;
const LENGTH_BYTES = 4;
const LENGTH_AT = FIXED_BYTES + XLEN_BYTES + SUBFIELD_HEADER_BYTES;
const HEADER_BYTES = LENGTH_AT + LENGTH_BYTES;
const MAGIC = Buffer.from([0x1f, 0x8b]);
/** CM. */
const DEFLATE = 8;
/** FLG. */
const FEXTRA = 4;
/** OS. */
const UNKNOWN = 255;
/** CRC-32 of the plaintext, then its length. */
const TRAILER_BYTES = 8;
/** XFL is for the compressor's own use: ours says how the member is read. */
const STORED = 0;
const DEFLATED = 4;
/** RFC 1951 section 3.2.4: the most that a stored block holds, after its header of 5 bytes. */
const STORED_BLOCK_BYTES = 65_535;
const BLOCK_HEADER_BYTES = 5;

/** A chunk of a file, the tar header before it and the padding after it. */
export const MAX_MEMBER_PLAIN_BYTES = MAX_FILE_CHUNK_BYTES + 2 * TAR_BLOCK_BYTES;
const MAX_MEMBER_BYTES = storedMemberSize(MAX_MEMBER_PLAIN_BYTES);
/** Level 3 is half as fast as level 1 and saves a tenth. It runs on every core. */
const LEVEL = 3;
const INFLATED_AHEAD = 4;

/** Bytes of a stored member of `plainBytes` (more than 0). */
export function storedMemberSize(plainBytes: number): number {
  const blocks = Math.ceil(plainBytes / STORED_BLOCK_BYTES);
  return HEADER_BYTES + blocks * BLOCK_HEADER_BYTES + plainBytes + TRAILER_BYTES;
}

/** CRC-32 (RFC 1952 section 8) of the pieces, joined. */
export function crc32Of(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, piece) => crc32(piece, sum), 0);
}

/** The member in pieces, among them those of the plaintext. `sum` is its CRC-32. */
export function storedMember(plain: readonly Buffer[], sum = crc32Of(plain)): Buffer[] {
  const bytes = plain.reduce((sum, piece) => sum + piece.length, 0);
  const out = [memberHeader(storedMemberSize(bytes), STORED)];
  let left = 0;
  let ahead = bytes;
  for (const piece of plain) {
    for (let at = 0; at < piece.length; ) {
      if (left === 0) {
        left = Math.min(ahead, STORED_BLOCK_BYTES);
        ahead -= left;
        out.push(blockHeader(left, ahead === 0));
      }
      const part = piece.subarray(at, at + left);
      out.push(part);
      at += part.length;
      left -= part.length;
    }
  }
  out.push(memberTrailer(sum, bytes));
  return out;
}

/** Compresses on the thread pool. */
export async function deflatedMember(plain: Buffer): Promise<Buffer> {
  const packed = await new Promise<Buffer>((resolve, reject) =>
    deflateRaw(plain, { level: LEVEL, chunkSize: plain.length + 1024 }, (error, bytes) =>
      error ? reject(error) : resolve(bytes),
    ),
  );
  const header = memberHeader(HEADER_BYTES + packed.length + TRAILER_BYTES, DEFLATED);
  return Buffer.concat([header, packed, memberTrailer(crc32(plain), plain.length)]);
}

/**
 * The plaintext of the stream's members in order. Compressed ones are inflated on the thread pool, a few
 * ahead, each into bounded memory. Throws CONTENTS_DIFFER for anything that this server does not write.
 */
export async function* readMembers(reader: BufferedReader): AsyncGenerator<Buffer, void> {
  const ahead: Promise<Buffer>[] = [];
  while (!(await reader.atEnd())) {
    const { bytes, stored } = readMemberHeader(await reader.read(HEADER_BYTES));
    const most = stored ? 0 : INFLATED_AHEAD - 1;
    while (ahead.length > most) yield (await ahead.shift()) ?? Buffer.alloc(0);
    if (stored) {
      yield* readStored(reader, bytes);
      continue;
    }
    const member = await reader.read(bytes - HEADER_BYTES);
    if (member.length < bytes - HEADER_BYTES) throw endsEarly();
    const plain = inflateMember(member);
    // The failure is thrown when this member is awaited.
    plain.catch(() => {});
    ahead.push(plain);
  }
  for (const plain of ahead) yield await plain;
}

function readMemberHeader(header: Buffer): { bytes: number; stored: boolean } {
  if (header.length < HEADER_BYTES) throw endsEarly();
  const bytes = header.readUInt32LE(LENGTH_AT);
  const stored = header.equals(memberHeader(bytes, STORED));
  if (!stored && !header.equals(memberHeader(bytes, DEFLATED))) throw notOurs();
  if (bytes > MAX_MEMBER_BYTES || bytes <= HEADER_BYTES + TRAILER_BYTES) throw notOurs();
  return { bytes, stored };
}

/** The blocks must be cut as `storedMember` cuts them: full ones, then the last. */
async function* readStored(reader: BufferedReader, bytes: number): AsyncGenerator<Buffer, void> {
  const plainBytes = storedPlainBytes(bytes);
  let sum = 0;
  for (let left = plainBytes; left > 0; ) {
    const block = Math.min(left, STORED_BLOCK_BYTES);
    left -= block;
    if (!(await reader.read(BLOCK_HEADER_BYTES)).equals(blockHeader(block, left === 0)))
      throw notOurs();
    for (let inBlock = block; inBlock > 0; ) {
      const piece = await reader.readSome(inBlock);
      if (piece.length === 0) throw endsEarly();
      sum = crc32(piece, sum);
      inBlock -= piece.length;
      yield piece;
    }
  }
  if (!(await reader.read(TRAILER_BYTES)).equals(memberTrailer(sum, plainBytes))) throw wrongSum();
}

/** The inverse of `storedMemberSize`. Throws CONTENTS_DIFFER for a size that it never gives. */
function storedPlainBytes(bytes: number): number {
  const rest = bytes - HEADER_BYTES - TRAILER_BYTES;
  const blocks = Math.ceil(rest / (STORED_BLOCK_BYTES + BLOCK_HEADER_BYTES));
  const plainBytes = rest - blocks * BLOCK_HEADER_BYTES;
  if (plainBytes <= 0 || storedMemberSize(plainBytes) !== bytes) throw notOurs();
  return plainBytes;
}

async function inflateMember(member: Buffer): Promise<Buffer> {
  const packed = member.subarray(0, member.length - TRAILER_BYTES);
  const bytes = member.readUInt32LE(member.length - 4);
  if (bytes === 0 || bytes > MAX_MEMBER_PLAIN_BYTES) throw notOurs();
  const plain = await inflate(packed, bytes);
  if (plain.length !== bytes) throw notOurs();
  if (crc32(plain) !== member.readUInt32LE(packed.length)) throw wrongSum();
  return plain;
}

function inflate(packed: Buffer, maxOutputLength: number): Promise<Buffer> {
  const options = { maxOutputLength, chunkSize: Math.max(64, maxOutputLength + 1), info: true };
  return new Promise((resolve, reject) =>
    inflateRaw(packed, options, (error, result) => {
      // With `info` the engine is answered too: it tells how much of the input was read.
      const { buffer, engine } = (result ?? {}) as unknown as {
        buffer: Buffer;
        engine: InflateRaw;
      };
      if (error || engine.bytesWritten !== packed.length) reject(notOurs());
      else resolve(buffer);
    }),
  );
}

/** RFC 1952 sections 2.3 and 2.3.1.1. `bytes`: of the whole member. */
function memberHeader(bytes: number, kind: typeof STORED | typeof DEFLATED): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt8(DEFLATE, 2);
  header.writeUInt8(FEXTRA, 3);
  // MTIME stays 0: no time stamp.
  header.writeUInt8(kind, 8);
  header.writeUInt8(UNKNOWN, 9);
  header.writeUInt16LE(SUBFIELD_HEADER_BYTES + LENGTH_BYTES, FIXED_BYTES);
  header.write(EXTRA_ID, FIXED_BYTES + XLEN_BYTES, 'latin1');
  header.writeUInt16LE(LENGTH_BYTES, LENGTH_AT - 2);
  header.writeUInt32LE(bytes, LENGTH_AT);
  return header;
}

function blockHeader(bytes: number, last: boolean): Buffer {
  const header = Buffer.alloc(BLOCK_HEADER_BYTES);
  header[0] = last ? 1 : 0;
  header.writeUInt16LE(bytes, 1);
  header.writeUInt16LE(~bytes & 0xffff, 3);
  return header;
}

function memberTrailer(sum: number, plainBytes: number): Buffer {
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32LE(sum);
  trailer.writeUInt32LE(plainBytes, 4);
  return trailer;
}

function endsEarly() {
  return differs('compressedEndsEarly');
}

function wrongSum() {
  return differs('compressedSumDiffers');
}

function notOurs() {
  return differs('compressedOtherwise');
}
