import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { release } from '#engine/memory/release.ts';
import type { Pull } from '../pull.ts';
import { altered, truncated } from '../refusals.ts';

/** C2SP age, "Payload": ChaCha20-Poly1305 over segments of 64 KiB; the last may be shorter. */
export const SEGMENT_BYTES = 64 * 1024;
export const TAG_BYTES = 16;
export const SEALED_SEGMENT_BYTES = SEGMENT_BYTES + TAG_BYTES;
export const PAYLOAD_NONCE_BYTES = 16;
const KEY_BYTES = 32;
const SEGMENT_NONCE_BYTES = 12;

const CIPHER = 'chacha20-poly1305';
const TAG = { authTagLength: TAG_BYTES };

/** Bytes of the payload, its nonce not counted. An empty plaintext is one empty segment. */
export function ciphertextSize(plaintextSize: number): number {
  return plaintextSize + TAG_BYTES * Math.max(1, Math.ceil(plaintextSize / SEGMENT_BYTES));
}

export function payloadKey(fileKey: Buffer, nonce: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', KEY_BYTES));
}

/** Ciphertext and tag. `plain` is SEGMENT_BYTES long unless it is the last. */
export function sealSegment(
  key: Buffer,
  number: number,
  last: boolean,
  plain: Uint8Array,
): [ciphertext: Buffer, tag: Buffer] {
  const cipher = createCipheriv(CIPHER, key, segmentNonce(number, last), TAG);
  const ciphertext = cipher.update(plain);
  cipher.final();
  return [ciphertext, cipher.getAuthTag()];
}

/** Seals a plaintext of `bytes`, from its segment `number` (the first is 0) on, as it comes. */
export class SegmentSealer {
  readonly #key: Buffer;
  readonly #bytes: number;
  #number: number;
  /** The plaintext of one segment is put together here: a copy costs less than a cipher's call for each piece. */
  readonly #segment = Buffer.allocUnsafeSlow(SEGMENT_BYTES);
  #filled = 0;

  constructor(key: Buffer, bytes: number, number: number) {
    this.#key = key;
    this.#bytes = bytes;
    this.#number = number;
  }

  /**
   * Takes the next piece; yields what is sealed by it, ciphertext and tag in turn, each to be used before the
   * next one is asked for.
   */
  *take(piece: Uint8Array): Generator<Buffer, void> {
    for (let at = 0; at < piece.length; ) {
      if (this.#length() <= 0) throw new RangeError('There is more plaintext than was announced');
      const part = piece.subarray(at, at + this.#length() - this.#filled);
      this.#segment.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#length()) yield* this.#seal();
    }
  }

  #length(): number {
    return Math.min(SEGMENT_BYTES, this.#bytes - this.#number * SEGMENT_BYTES);
  }

  *#seal(): Generator<Buffer, void> {
    const plain = this.#segment.subarray(0, this.#filled);
    const last = (this.#number + 1) * SEGMENT_BYTES >= this.#bytes;
    const [ciphertext, tag] = sealSegment(this.#key, this.#number, last, plain);
    this.#number += 1;
    this.#filled = 0;
    yield ciphertext;
    release(ciphertext);
    yield tag;
  }
}

/** Null where the tag does not fit. */
export function openSegment(
  key: Buffer,
  number: number,
  last: boolean,
  sealed: Buffer,
): Buffer | null {
  const length = sealed.length - TAG_BYTES;
  if (length < 0) return null;
  const decipher = createDecipheriv(CIPHER, key, segmentNonce(number, last), TAG);
  decipher.setAuthTag(sealed.subarray(length));
  const plain = decipher.update(sealed.subarray(0, length));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return plain;
}

/**
 * The plaintext of the payload that `pull` stands before (its nonce taken), segment by segment, each
 * authenticated before it is yielded. Throws ARCHIVE_ALTERED, naming the segment (the first is 1), or
 * ARCHIVE_TRUNCATED where the stream ends behind a segment that is not the last: a cut inside a segment
 * cannot be told from an alteration by the payload alone.
 */
export async function* openSegments(key: Buffer, pull: Pull): AsyncGenerator<Buffer, void> {
  for (let number = 0; ; number++) {
    const sealed = await pull.take(SEALED_SEGMENT_BYTES);
    const last = sealed.length < SEALED_SEGMENT_BYTES || (await pull.atEnd());
    const plain = openSegment(key, number, last, sealed);
    if (plain) {
      // C2SP age: the last segment is empty only where the whole payload is.
      if (plain.length === 0 && number > 0) throw altered('segmentEmpty', { segment: number + 1 });
      yield plain;
      if (last) return;
      continue;
    }
    const whole = sealed.length === SEALED_SEGMENT_BYTES;
    const other = whole ? openSegment(key, number, !last, sealed) : null;
    if (!other) throw altered('segmentAltered', { segment: number + 1 });
    yield other;
    throw last
      ? truncated('segmentNotLast', { segment: number + 1 })
      : altered('bytesAfterSegment', { segment: number + 1 });
  }
}

/** C2SP age: a counter of 11 bytes, big-endian, then a byte that is 1 for the last segment. */
function segmentNonce(number: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(SEGMENT_NONCE_BYTES);
  nonce.writeUIntBE(number, SEGMENT_NONCE_BYTES - 1 - 6, 6);
  nonce[SEGMENT_NONCE_BYTES - 1] = last ? 1 : 0;
  return nonce;
}
