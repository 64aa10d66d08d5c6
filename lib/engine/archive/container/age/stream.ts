import { hkdfSync } from 'node:crypto';
import { release } from '#engine/memory/release.ts';
import type { BufferedReader } from '../buffered-reader.ts';
import { altered, truncated } from '../refusals.ts';
import { KEY_BYTES, NONCE_BYTES, open, seal, TAG_BYTES } from './chacha.ts';

/** C2SP age, "Payload": ChaCha20-Poly1305 over segments of 64 KiB; the last may be shorter. */
export const SEGMENT_BYTES = 64 * 1024;
export const SEALED_SEGMENT_BYTES = SEGMENT_BYTES + TAG_BYTES;
export const PAYLOAD_NONCE_BYTES = 16;

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
  return seal(key, segmentNonce(number, last), plain);
}

/** Seals a plaintext of `bytes` as it comes, starting at segment `number` (the first is 0). */
export class SegmentSealer {
  readonly #key: Buffer;
  readonly #bytes: number;
  #number: number;
  /** Gathers the plaintext of one segment: copying costs less than one cipher call for each piece. */
  readonly #segment = Buffer.allocUnsafeSlow(SEGMENT_BYTES);
  #filled = 0;

  constructor(key: Buffer, bytes: number, number: number) {
    this.#key = key;
    this.#bytes = bytes;
    this.#number = number;
  }

  /**
   * Takes the next piece and yields the segments that it completes, as ciphertext and tag in turn. Use each
   * before asking for the next one.
   */
  *take(piece: Uint8Array): Generator<Buffer, void> {
    for (let at = 0; at < piece.length; ) {
      if (this.#length() <= 0) throw new RangeError('More plaintext than was announced');
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
  return open(key, segmentNonce(number, last), sealed);
}

/**
 * Reads the payload after its nonce, segment by segment, each authenticated before it is yielded. Throws
 * ARCHIVE_TRUNCATED where the stream ends between segments. Throws ARCHIVE_ALTERED, naming the segment (the
 * first is 1), for any other change: a cut inside a segment looks the same.
 */
export async function* openSegments(
  key: Buffer,
  reader: BufferedReader,
): AsyncGenerator<Buffer, void> {
  for (let number = 0; ; number++) {
    const sealed = await reader.read(SEALED_SEGMENT_BYTES);
    const last = sealed.length < SEALED_SEGMENT_BYTES || (await reader.atEnd());
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
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUIntBE(number, NONCE_BYTES - 1 - 6, 6);
  nonce[NONCE_BYTES - 1] = last ? 1 : 0;
  return nonce;
}
