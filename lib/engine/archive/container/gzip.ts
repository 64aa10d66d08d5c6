import { crc32, deflateRaw, type InflateRaw, inflateRaw } from 'node:zlib';
import { MAX_FILE_CHUNK_BYTES } from '#engine/files/cut.ts';
import type { Pull } from './pull.ts';
import { differs } from './refusals.ts';
import { TAR_BLOCK_BYTES } from './tar.ts';

/**
 * RFC 1952: a gzip file is a series of members, each of which any tool reads by itself. Ours say in an
 * extra field how long they are, so that a reader finds the next one without inflating this one.
 */
const EXTRA_ID = 'FK';
const LENGTH_AT = 16;
const HEADER_BYTES = LENGTH_AT + 4;
/** CRC-32 of the plaintext, then its length. */
const TRAILER_BYTES = 8;
/** RFC 1952 section 2.3.1, XFL: what the compressor has to say. Ours says how the member is read. */
const STORED = 0;
const DEFLATED = 4;
/** RFC 1951 section 3.2.4: a stored block holds this much behind its own 5 bytes. */
const STORED_BLOCK_BYTES = 65_535;
const BLOCK_HEADER_BYTES = 5;

/** A piece of a file with the header before it and the padding behind it. */
export const MAX_MEMBER_PLAIN_BYTES = MAX_FILE_CHUNK_BYTES + 2 * TAR_BLOCK_BYTES;
const MAX_MEMBER_BYTES = storedMemberSize(MAX_MEMBER_PLAIN_BYTES);
/** Level 3 is half as fast as 1 and saves a tenth; this runs on every core there is. */
const LEVEL = 3;
const INFLATED_AHEAD = 4;

/** Bytes of a member that holds `plainBytes` (more than 0) as they are. */
export function storedMemberSize(plainBytes: number): number {
  const blocks = Math.ceil(plainBytes / STORED_BLOCK_BYTES);
  return HEADER_BYTES + blocks * BLOCK_HEADER_BYTES + plainBytes + TRAILER_BYTES;
}

/** CRC-32 (RFC 1952 section 8) of what the pieces make up. */
export function crc32Of(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, piece) => crc32(piece, sum), 0);
}

/** The member in pieces, the plaintext's own among them. `sum`: its CRC-32. */
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
 * The plaintext of the stream's members in order; the compressed ones are inflated on the thread pool, a few
 * ahead, each into no more memory than a member may have. Throws CONTENTS_DIFFER for anything that is not
 * as this server writes it.
 */
export async function* readMembers(pull: Pull): AsyncGenerator<Buffer, void> {
  const ahead: Promise<Buffer>[] = [];
  while (!(await pull.atEnd())) {
    const { bytes, stored } = readMemberHeader(await pull.take(HEADER_BYTES));
    const most = stored ? 0 : INFLATED_AHEAD - 1;
    while (ahead.length > most) yield (await ahead.shift()) ?? Buffer.alloc(0);
    if (stored) {
      yield* readStored(pull, bytes);
      continue;
    }
    const member = await pull.take(bytes - HEADER_BYTES);
    if (member.length < bytes - HEADER_BYTES) throw endsEarly();
    const plain = inflateMember(member);
    // Whoever gets to it hears of the failure.
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

/** The blocks are as `storedMember` cuts them: full ones, then the last. */
async function* readStored(pull: Pull, bytes: number): AsyncGenerator<Buffer, void> {
  const plainBytes = storedPlainBytes(bytes);
  let sum = 0;
  for (let left = plainBytes; left > 0; ) {
    const block = Math.min(left, STORED_BLOCK_BYTES);
    left -= block;
    if (!(await pull.take(BLOCK_HEADER_BYTES)).equals(blockHeader(block, left === 0)))
      throw notOurs();
    for (let inBlock = block; inBlock > 0; ) {
      const piece = await pull.some(inBlock);
      if (piece.length === 0) throw endsEarly();
      sum = crc32(piece, sum);
      inBlock -= piece.length;
      yield piece;
    }
  }
  if (!(await pull.take(TRAILER_BYTES)).equals(memberTrailer(sum, plainBytes))) throw wrongSum();
}

/** The other way round than `storedMemberSize`. Throws CONTENTS_DIFFER for a size that it never gives. */
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
      // With `info`, the engine comes along, and tells how much of the input it took.
      const { buffer, engine } = (result ?? {}) as unknown as {
        buffer: Buffer;
        engine: InflateRaw;
      };
      if (error || engine.bytesWritten !== packed.length) reject(notOurs());
      else resolve(buffer);
    }),
  );
}

function memberHeader(bytes: number, kind: typeof STORED | typeof DEFLATED): Buffer {
  // Deflate, an extra field, no time, `kind`, no operating system.
  const header = Buffer.from([
    0x1f,
    0x8b,
    8,
    4,
    0,
    0,
    0,
    0,
    kind,
    255,
    8,
    0,
    0,
    0,
    4,
    0,
    0,
    0,
    0,
    0,
  ]);
  header.write(EXTRA_ID, 12, 'latin1');
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
