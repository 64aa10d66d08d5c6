import { brotliCompress, brotliCompressSync, brotliDecompress, constants } from 'node:zlib';
import type { ChunkCodec } from '../ports.ts';

const QUALITY = 1;
const WINDOW_BITS = 18;

/** A head that shrinks by less belongs to a compressed format such as JPEG, MP4 or ZIP. */
const WORTH_IT = 0.95;
const TRIAL_BYTES = 32 * 1024;

/** `brotli` where the head of the bytes shrinks, else `none`. The same bytes always get the same answer. */
export function chooseCodec(plain: Buffer): ChunkCodec {
  const head = plain.subarray(0, TRIAL_BYTES);
  if (isDense(head)) return 'none';
  return brotliCompressSync(head, options(head)).length < head.length * WORTH_IT
    ? 'brotli'
    : 'none';
}

const ENOUGH_TO_SEE = 4 * 1024;

/** Whether neither a Huffman code nor matches would save 3%. Costs a quarter of a trial compression. */
function isDense(head: Buffer): boolean {
  return head.length >= ENOUGH_TO_SEE && isEven(head) && !repeats(head);
}

/** Where all values are equally frequent, two bytes chosen at random are equal once in 256 times. */
const NEARLY_EVEN = 1.15 / 256;
/** Shares no divisor with the sizes of numbers and pixels, so that each of their bytes is looked at. */
const STRIDE = 5;
const counts = new Int32Array(256);

function isEven(bytes: Buffer): boolean {
  counts.fill(0);
  for (let at = 0; at < bytes.length; at += STRIDE) {
    const byte = bytes[at] ?? 0;
    counts[byte] = (counts[byte] ?? 0) + 1;
  }
  const taken = Math.ceil(bytes.length / STRIDE);
  const same = counts.reduce((sum, count) => sum + count * (count - 1), 0);
  return same < taken * (taken - 1) * NEARLY_EVEN;
}

/** Noise has hardly any. */
const FEW_REPEATS = 1 / 64;
const SEEN_BITS = 14;
const seen = new Int32Array(1 << SEEN_BITS);

/** Whether more than a few places repeat four bytes from before. */
function repeats(bytes: Buffer): boolean {
  seen.fill(0);
  let repeated = 0;
  for (let at = 0, word = 0; at < bytes.length; at++) {
    word = (word << 8) | (bytes[at] ?? 0);
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - SEEN_BITS);
    if (seen[slot] === word) repeated++;
    seen[slot] = word;
  }
  return repeated > bytes.length * FEW_REPEATS;
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

/** Throws where the bytes do not fit the codec, or decompress to more than `plainBytes`. */
export function decompress(codec: ChunkCodec, packed: Buffer, plainBytes: number): Promise<Buffer> {
  if (codec === 'none') return Promise.resolve(packed);
  const limits = { maxOutputLength: plainBytes, chunkSize: outputStep(plainBytes + 1) };
  return new Promise((resolve, reject) =>
    brotliDecompress(packed, limits, (error, plain) => (error ? reject(error) : resolve(plain))),
  );
}

function options(plain: Buffer) {
  return {
    // Rows shrink to about a fifth; what does not fit goes into another buffer.
    chunkSize: outputStep(plain.length / 4),
    params: {
      [constants.BROTLI_PARAM_QUALITY]: QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  };
}

/** One output buffer where possible, with a byte to spare: zlib takes another when one is full. */
function outputStep(bytes: number): number {
  return Math.min(Math.max(Math.ceil(bytes), 1024), 4 * 1024 * 1024);
}
