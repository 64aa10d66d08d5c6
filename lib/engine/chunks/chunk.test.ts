import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ChunkRef } from '../ports.ts';
import { deriveKeys } from '../sealing/keys.ts';
import {
  CHUNK_OVERHEAD_BYTES,
  checkStoredChunk,
  chunkId,
  chunkIdAside,
  chunkObject,
  openChunk,
  openChunkPieces,
  sealChunk,
} from './chunk.ts';
import { chooseCodec } from './codec.ts';

const keys = deriveKeys(Buffer.alloc(32, 1));

function refOf(plain: Buffer, codec: ChunkRef['codec'] = 'brotli'): ChunkRef {
  return { id: chunkId(keys, plain), generation: 7n, codec, plainBytes: plain.length };
}

describe('a chunk', () => {
  test.each([
    ['text', Buffer.from('row\trow\n'.repeat(100_000)), 'brotli'],
    ['random bytes', randomBytes(1_000_000), 'none'],
    ['random bytes that are compressed anyway', randomBytes(300_000), 'brotli'],
    ['one byte', Buffer.from('x'), 'none'],
    ['five million bytes', Buffer.alloc(5_000_000, 'abc'), 'brotli'],
  ] as const)('opens to what was sealed: %s', async (_what, plain, codec) => {
    const ref = refOf(plain, codec);
    const sealed = await sealChunk(keys, ref, plain);
    expect((await openChunk(keys, ref, sealed)).equals(plain)).toBe(true);
    await checkStoredChunk(keys, ref, { sealed, readBack: Buffer.from(sealed) }, plain);
    if (codec === 'none') expect(sealed.length).toBe(plain.length + CHUNK_OVERHEAD_BYTES);
  });

  test('never gives the same bytes twice, and always the same id', async () => {
    const plain = Buffer.from('the same');
    const ref = refOf(plain);
    const [a, b] = [await sealChunk(keys, ref, plain), await sealChunk(keys, ref, plain)];
    expect(a.equals(b)).toBe(false);
    // A published vector: the format must not move.
    expect(ref.id).toBe('da98f4dea438e9e0dd79843cf1984e4c4dba5202c397f4dbdeac3bb8415f1dd4');
    expect(chunkObject(ref)).toBe(`chunks/${ref.id.slice(0, 2)}/${ref.id}.7`);
  });

  test.each([0, 1, 65_535, 65_536, 3_000_000])(
    'of %i bytes has the same id where another thread makes it',
    async (size) => {
      const view = randomBytes(size + 10).subarray(3, size + 3);
      expect(await chunkIdAside(keys, view)).toBe(chunkId(keys, view));
      const others = deriveKeys(randomBytes(32));
      expect(await chunkIdAside(others, view)).toBe(chunkId(others, view));
    },
  );

  test('altered in any byte, or cut anywhere, is CHUNK_CORRUPT', async () => {
    const plain = Buffer.from('row\n'.repeat(50));
    const ref = refOf(plain);
    const sealed = await sealChunk(keys, ref, plain);
    for (let at = 0; at < sealed.length; at++) {
      const altered = Buffer.from(sealed);
      altered[at] = (altered[at] ?? 0) ^ 0x40;
      await expect(openChunk(keys, ref, altered)).rejects.toMatchObject({ code: 'CHUNK_CORRUPT' });
      await expect(openChunk(keys, ref, sealed.subarray(0, at))).rejects.toMatchObject({
        code: 'CHUNK_CORRUPT',
      });
    }
  });

  test('that the store altered is CHUNK_CORRUPT when it is read back', async () => {
    const plain = Buffer.from('row\n'.repeat(50));
    const ref = refOf(plain);
    const sealed = await sealChunk(keys, ref, plain);
    const readBack = Buffer.from(sealed);
    readBack[70] = (readBack[70] ?? 0) ^ 1;
    const checking = checkStoredChunk(keys, ref, { sealed, readBack }, plain);
    await expect(checking).rejects.toMatchObject({ code: 'CHUNK_CORRUPT' });
  });

  test('of another server is WRONG_KEY, not damage', async () => {
    const other = deriveKeys(Buffer.alloc(32, 2));
    const plain = Buffer.from('row\n');
    const ref = refOf(plain);
    const sealed = await sealChunk(other, ref, plain);
    await expect(openChunk(keys, ref, sealed)).rejects.toMatchObject({ code: 'WRONG_KEY' });
  });

  test('put in the place of another one does not open', async () => {
    const [a, b] = [Buffer.from('chunk a'), Buffer.from('chunk b')];
    const sealed = await sealChunk(keys, refOf(a), a);
    await expect(openChunk(keys, refOf(b), sealed)).rejects.toMatchObject({
      code: 'CHUNK_CORRUPT',
    });
    const lied = { ...refOf(a), id: refOf(b).id };
    const forged = await sealChunk(keys, lied, a);
    await expect(openChunk(keys, lied, forged)).rejects.toMatchObject({ code: 'CHUNK_CORRUPT' });
  });

  test.each([
    ['none', false],
    ['none', true],
    ['brotli', false],
    ['brotli', true],
  ] as const)(
    'of codec %s opens in pieces, its id compared before: %s',
    async (codec, idCompared) => {
      const plain = randomBytes(150_000);
      const ref = refOf(plain, codec);
      const sealed = await sealChunk(keys, ref, plain);
      const pieces = await openChunkPieces(keys, ref, sealed, { idCompared, pieceBytes: 65_536 });
      expect(pieces.map(({ length }) => length)).toEqual(
        codec === 'none' ? [65_536, 65_536, 18_928] : [150_000],
      );
      expect(Buffer.concat(pieces).equals(plain)).toBe(true);
    },
  );

  test('altered, or in another place, is CHUNK_CORRUPT by its seal alone', async () => {
    const [a, b] = [randomBytes(1000), randomBytes(1000)];
    const sealed = await sealChunk(keys, refOf(a), a);
    const open = (ref: ChunkRef, bytes: Buffer) =>
      openChunkPieces(keys, ref, bytes, { idCompared: true, pieceBytes: 100 });
    const damage = { code: 'CHUNK_CORRUPT' };
    await expect(open(refOf(b), sealed)).rejects.toMatchObject(damage);
    await expect(open(refOf(a), sealed.subarray(0, -1))).rejects.toMatchObject(damage);
    for (const at of [0, 30, 500, sealed.length - 1]) {
      const altered = Buffer.from(sealed);
      altered[at] = (altered[at] ?? 0) ^ 1;
      await expect(open(refOf(a), altered)).rejects.toMatchObject(damage);
    }
  });

  test('that would decompress to more than it says is refused', async () => {
    const plain = Buffer.alloc(1_000_000);
    const ref = { ...refOf(plain), plainBytes: 1000 };
    const bomb = await sealChunk(keys, ref, plain);
    await expect(openChunk(keys, ref, bomb)).rejects.toMatchObject({ code: 'CHUNK_CORRUPT' });
  });
});

describe('the codec', () => {
  const noise = randomBytes(100_000);
  const repeated = (bytes: number) =>
    Buffer.concat(Array.from({ length: 40 }, () => noise.subarray(0, bytes))).subarray(0, 50_000);
  const every = (values: number) => Buffer.from(noise.map((byte) => byte % values));
  const samples = Buffer.from(noise.map((byte, at) => (at % 2 === 0 ? byte : byte % 16)));

  test.each([
    ['text', Buffer.from('text '.repeat(1000)), 'brotli'],
    [
      'every byte in turn',
      Buffer.alloc(50_000, Buffer.from(every(256).map((_, at) => at))),
      'brotli',
    ],
    ['noise that comes again after 1,001 bytes', repeated(1001), 'brotli'],
    ['noise that comes again after 16,001 bytes', repeated(16_001), 'brotli'],
    ['noise that comes again after 25,000 bytes', repeated(25_000), 'brotli'],
    ['noise of 150 values', every(150), 'brotli'],
    ['numbers of which one byte is noise', samples, 'brotli'],
    [
      'noise with zeros behind',
      Buffer.concat([noise.subarray(0, 29_000), Buffer.alloc(5000)]),
      'brotli',
    ],
    ['noise', noise, 'none'],
    ['a little noise', noise.subarray(0, 5000), 'none'],
    ['one byte', Buffer.from('x'), 'none'],
  ] as const)('of %s is the one that makes it small', (_what, bytes, codec) => {
    expect(chooseCodec(bytes)).toBe(codec);
  });
});
