import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChunkRef } from '../ports.ts';
import { decodeRopePiece, encodeRopePiece, type RopePiece } from './rope.ts';

const chunk: fc.Arbitrary<ChunkRef> = fc.record({
  id: fc.stringMatching(/^[0-9a-f]{64}$/),
  generation: fc.bigInt({ min: 1n, max: 2n ** 53n - 1n }),
  codec: fc.constantFrom('none' as const, 'brotli' as const),
  plainBytes: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
});

const piece: fc.Arbitrary<RopePiece> = fc
  .array(chunk, { minLength: 1, maxLength: 5 })
  .chain((chunks) =>
    fc.record({
      chunks: fc.constant(chunks),
      ranges: fc.array(
        fc.nat(chunks.length - 1).chain((at) => {
          const { plainBytes } = chunks[at] as ChunkRef;
          return fc.nat(plainBytes - 1).chain((start) =>
            fc.record({
              chunk: fc.constant(at),
              start: fc.constant(start),
              bytes: fc.integer({ min: 1, max: plainBytes - start }),
              rows: fc.nat(2 ** 32 - 1),
            }),
          );
        }),
      ),
    }),
  );

describe('a rope piece', () => {
  test('decodes to what was encoded', () => {
    fc.assert(
      fc.property(piece, (given) => {
        expect(decodeRopePiece(encodeRopePiece(given))).toEqual(given);
      }),
    );
  });

  test('costs a few bytes a range where ranges continue their chunks', () => {
    const ref: ChunkRef = {
      id: '00'.repeat(32),
      generation: 1n,
      codec: 'brotli',
      plainBytes: 1_000_000,
    };
    const ranges = Array.from({ length: 1000 }, (_, i) => ({
      chunk: 0,
      start: i * 1000,
      bytes: 900,
      rows: 5,
    }));
    expect(encodeRopePiece({ chunks: [ref], ranges }).length).toBeLessThan(7 * 1000);
  });

  test('cut short anywhere, or of random bytes, is always CHUNK_CORRUPT', () => {
    fc.assert(
      fc.property(piece, fc.nat(), (given, cut) => {
        const bytes = encodeRopePiece(given);
        expect(() => decodeRopePiece(bytes.subarray(0, cut % bytes.length))).toThrow(
          expect.objectContaining({ code: 'CHUNK_CORRUPT' }),
        );
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          decodeRopePiece(Buffer.from(bytes));
        } catch (error) {
          expect(error).toMatchObject({ code: 'CHUNK_CORRUPT' });
        }
      }),
    );
  });
});
