import { brotliCompress, brotliCompressSync, brotliDecompress, constants } from 'node:zlib';
import type { ChunkCodec } from '../types.ts';

const QUALITY = 1;
const WINDOW_BITS = 18;

/** A head shrinking by less than this is of a kind that is compressed already: JPEG, MP4, ZIP. */
const WORTH_IT = 0.95;
const TRIAL_BYTES = 32 * 1024;

/** `brotli` where the head of the bytes shrinks, else `none`. The same bytes always get the same answer. */
export function chooseCodec(plain: Buffer): ChunkCodec {
  const head = plain.subarray(0, TRIAL_BYTES);
  return brotliCompressSync(head, options(head)).length < head.length * WORTH_IT
    ? 'brotli'
    : 'none';
}

/** Compresses on the thread pool. */
export function compress(codec: ChunkCodec, plain: Buffer): Promise<Buffer> {
  if (codec === 'none') return Promise.resolve(plain);
  return new Promise((resolve, reject) =>
    brotliCompress(plain, options(plain), (error, packed) =>
      error ? reject(error) : resolve(packed),
    ),
  );
}

/** Throws where the bytes are not of the codec, or give more than `plainBytes`. */
export function decompress(codec: ChunkCodec, packed: Buffer, plainBytes: number): Promise<Buffer> {
  if (codec === 'none') return Promise.resolve(packed);
  const limits = { maxOutputLength: plainBytes, chunkSize: outputStep(plainBytes + 1) };
  return new Promise((resolve, reject) =>
    brotliDecompress(packed, limits, (error, plain) => (error ? reject(error) : resolve(plain))),
  );
}

function options(plain: Buffer) {
  return {
    // Rows shrink to a fifth or so; what does not fit goes on in another buffer.
    chunkSize: outputStep(plain.length / 4),
    params: {
      [constants.BROTLI_PARAM_QUALITY]: QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  };
}

/** One output buffer where it fits, with a byte to spare (zlib takes another when one is full). */
function outputStep(bytes: number): number {
  return Math.min(Math.max(Math.ceil(bytes), 1024), 4 * 1024 * 1024);
}
