import { createCipheriv } from 'node:crypto';
import { expect, test } from 'vitest';
import { MAX_FILE_CHUNK_BYTES, openCutter } from './cut.ts';

const cutter = openCutter(Buffer.alloc(32, 7));

/** Bytes that look random and are always the same. */
const noise = createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16)).update(
  Buffer.alloc(12 * 1024 * 1024),
);

async function* inSteps(bytes: Buffer, step: number) {
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
}

async function piecesOf(bytes: Buffer, step: number): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  for await (const piece of cutter.cut(inSteps(bytes, step))) pieces.push(piece);
  return pieces;
}

test.each([12_345, 65_535, 65_536, 1_048_577, 16_777_216])(
  'a file that comes in steps of %i bytes is cut where it was always cut',
  async (step) => {
    const pieces = await piecesOf(noise, step);
    expect(Buffer.concat(pieces).equals(noise)).toBe(true);
    // As in the first backups: other places would store every file again.
    expect(pieces.map(({ length }) => length)).toEqual([
      702_559, 765_083, 2_146_382, 1_264_884, 529_963, 1_429_202, 665_706, 1_122_478, 678_987,
      1_361_778, 585_748, 553_935, 754_571, 21_636,
    ]);
  },
);

test('bytes without a place to cut come in pieces of the largest size', async () => {
  const pieces = await piecesOf(Buffer.alloc(2 * MAX_FILE_CHUNK_BYTES + 5), 100_000);
  expect(pieces.map(({ length }) => length)).toEqual([
    MAX_FILE_CHUNK_BYTES,
    MAX_FILE_CHUNK_BYTES,
    5,
  ]);
});

test('an insertion changes the piece that it is in, and few around it', async () => {
  const before = await piecesOf(noise, 65_535);
  const after = await piecesOf(
    Buffer.concat([noise.subarray(0, 3_000_000), Buffer.from('x'), noise.subarray(3_000_000)]),
    65_535,
  );
  const known = new Set(before.map((piece) => piece.toString('latin1')));
  expect(after.filter((piece) => !known.has(piece.toString('latin1'))).length).toBeLessThan(4);
});

test('a piece does not change while the rest of the file and the next file are cut', async () => {
  const [first] = await piecesOf(noise, 65_535);
  const copy = Buffer.from(first ?? []);
  await piecesOf(Buffer.alloc(noise.length, 1), 65_535);
  expect(first?.equals(copy)).toBe(true);
});

test('an empty file has no pieces', async () => {
  expect(await piecesOf(Buffer.alloc(0), 1)).toEqual([]);
});
