import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunkId } from '../chunks/chunk.ts';
import type { ChunkWriter } from '../chunks/chunk-writer.ts';
import type { ChunkRef } from '../ports.ts';
import type { RowPiece } from '../postgres/copy-out.ts';
import { deriveKeys } from '../sealing/keys.ts';
import { Matcher } from './matcher.ts';
import { decodeRopePiece } from './rope.ts';
import { RopeBuilder } from './rope-builder.ts';
import type { RopePosition, RopeSegment } from './rope-reader.ts';
import { type RowHash, rowHashUnder } from './row-hash.ts';

const keys = deriveKeys(Buffer.alloc(32, 3));
const rowHash = rowHashUnder(keys.rowHash);

function sha512(i: number): string {
  return createHash('sha512').update(String(i)).digest('hex');
}

/** An in-memory chunk writer and store: plain bytes by id. */
class Chunks implements ChunkWriter {
  readonly plain = new Map<string, Buffer>();
  newBytes = 0;

  async add(plain: Buffer, codec: ChunkRef['codec']) {
    const id = chunkId(keys, plain);
    if (!this.plain.has(id)) this.newBytes += plain.length;
    this.plain.set(id, Buffer.from(plain));
    return { ref: Promise.resolve({ id, generation: 1n, codec, plainBytes: plain.length }) };
  }

  async finish() {}
  storedBytes = () => this.newBytes;

  open(ref: ChunkRef): Buffer {
    const plain = this.plain.get(ref.id);
    if (!plain) throw new Error('A chunk was not stored');
    return plain;
  }

  async *segments(
    rope: readonly ChunkRef[],
    from: RopePosition,
  ): AsyncGenerator<RopeSegment, void> {
    for (const [piece, ref] of rope.entries()) {
      const { chunks, ranges } = decodeRopePiece(this.open(ref));
      for (const [range, { chunk, start, bytes, rows }] of ranges.entries()) {
        if (piece < from.piece || (piece === from.piece && range < from.range)) continue;
        const located = chunks[chunk] as ChunkRef;
        yield { ref: located, chunk: this.open(located), start, bytes, rows, piece, range };
      }
    }
  }

  async text(rope: readonly ChunkRef[]): Promise<string> {
    let text = '';
    for await (const { chunk, start, bytes } of this.segments(rope, { piece: 0, range: 0 }))
      text += chunk.toString('latin1', start, start + bytes);
    return text;
  }
}

/** Rows as COPY gives them, in pieces of `rowsAPiece`. */
function* pieces(rows: readonly string[], rowsAPiece: number): Generator<RowPiece> {
  for (let at = 0; at < rows.length; at += rowsAPiece) {
    const some = rows.slice(at, at + rowsAPiece);
    const ends = new Uint32Array(some.length);
    let end = 0;
    for (const [i, row] of some.entries()) {
      end += row.length;
      ends[i] = end;
    }
    yield { bytes: Buffer.from(some.join(''), 'latin1'), ends };
  }
}

async function backUp(
  chunks: Chunks,
  rows: readonly string[],
  earlier: readonly ChunkRef[] | null,
  {
    rowsAPiece = 100,
    hash = rowHash,
    keeps = () => true,
  }: { rowsAPiece?: number; hash?: RowHash; keeps?: () => boolean } = {},
) {
  const builder = new RopeBuilder(chunks, hash, true);
  const before = chunks.newBytes;
  const rope = { segments: (from: RopePosition) => chunks.segments(earlier ?? [], from), keeps };
  await using matcher = new Matcher(builder, rope, hash);
  for (const piece of pieces(rows, rowsAPiece)) {
    if (earlier) await matcher.feed(piece);
    else builder.literal(piece, 0, piece.ends.length);
    await builder.settle();
  }
  const built = await builder.finish();
  return { ...built, newBytes: chunks.newBytes - before };
}

function numbered(from: number, to: number): string[] {
  return Array.from(
    { length: to - from },
    (_, i) => `${from + i}\t${(from + i) * 7919}\t${'some text of a row '.repeat(5)}\n`,
  );
}

const size = (rows: readonly string[]) => rows.join('').length;

describe('matching rows with those of the last backup', () => {
  const row = fc.stringMatching(/^[a-c]{0,3}$/).map((text) => `${text}\n`);

  test('always gives a rope that reads back as the rows of now', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 200 }),
        fc.array(row, { maxLength: 200 }),
        fc.integer({ min: 1, max: 50 }),
        async (old, now, rowsAPiece) => {
          const chunks = new Chunks();
          const first = await backUp(chunks, old, null, { rowsAPiece });
          const second = await backUp(chunks, now, first.refs, { rowsAPiece });
          expect(await chunks.text(second.refs)).toBe(now.join(''));
          expect(second).toMatchObject({ rows: now.length, bytes: size(now) });
        },
      ),
      { numRuns: 300 },
    );
  });

  test('still reads back the same rows after generations of random edits', async () => {
    const edit = fc.record({
      at: fc.nat(),
      remove: fc.nat(30),
      insert: fc.array(row, { maxLength: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(edit, { maxLength: 6 }), { minLength: 1, maxLength: 6 }),
        async (generations) => {
          const chunks = new Chunks();
          const rows = numbered(0, 400);
          let built = await backUp(chunks, rows, null);
          for (const edits of generations) {
            for (const { at, remove, insert } of edits)
              rows.splice(at % (rows.length + 1), remove, ...insert);
            built = await backUp(chunks, rows, built.refs);
            expect(await chunks.text(built.refs)).toBe(rows.join(''));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('reads back the same rows even if all have the same hash', async () => {
    const chunks = new Chunks();
    const first = await backUp(chunks, numbered(0, 3000), null, { hash: () => 0 });
    const rows = [
      ...numbered(500, 700),
      ...numbered(0, 400),
      ...numbered(9000, 9100),
      ...numbered(1000, 3000),
    ];
    const second = await backUp(chunks, rows, first.refs, { hash: () => 0 });
    expect(await chunks.text(second.refs)).toBe(rows.join(''));
  });

  test.each([
    ['nothing changed', (rows: string[]) => rows, 0],
    [
      'one row in a hundred changed in its place',
      (rows: string[]) => rows.map((row, i) => (i % 100 === 7 ? `new ${row}` : row)),
      0.02,
    ],
    [
      'one row in a hundred moved to the end',
      (rows: string[]) => [
        ...rows.filter((_, i) => i % 100 !== 7),
        ...rows.filter((_, i) => i % 100 === 7).map((row) => `new ${row}`),
      ],
      0.02,
    ],
    [
      'a third of the table is gone',
      (rows: string[]) => [...rows.slice(0, 20_000), ...rows.slice(60_000)],
      0.08,
    ],
    ['rows were put in front', (rows: string[]) => [...numbered(900_000, 901_000), ...rows], 0.02],
    [
      'many rows were put into the middle',
      (rows: string[]) => [
        ...rows.slice(0, 50_000),
        ...numbered(900_000, 910_000),
        ...rows.slice(50_000),
      ],
      0.12,
    ],
    [
      'the halves changed places',
      (rows: string[]) => [...rows.slice(60_000), ...rows.slice(0, 60_000)],
      0.12,
    ],
  ])('stores only what is new where %s', async (_what, change, most) => {
    const chunks = new Chunks();
    const old = numbered(0, 120_000);
    const first = await backUp(chunks, old, null, { rowsAPiece: 4000 });
    const rows = change(old);
    const second = await backUp(chunks, rows, first.refs, { rowsAPiece: 4000 });
    expect(second.newBytes).toBeLessThanOrEqual(size(old) * most + 200);
    expect((await chunks.text(second.refs)) === rows.join('')).toBe(true);
  });

  test('stores a row again that must not be kept, and still reads back the same rows', async () => {
    const chunks = new Chunks();
    const rows = numbered(0, 5000);
    const first = await backUp(chunks, rows, null);
    let asked = 0;
    const second = await backUp(chunks, ['new\n', ...rows], first.refs, {
      keeps: () => asked++ > 10,
    });
    expect(await chunks.text(second.refs)).toBe(['new\n', ...rows].join(''));
  });

  test('cuts the same rows into the same chunks wherever they are', async () => {
    const chunks = new Chunks();
    // Fixed rows: with few chunks, random ones would decide by chance.
    const rows = Array.from({ length: 120_000 }, (_, i) => `${sha512(i)}\n`);
    await backUp(chunks, rows, null);
    const again = await backUp(chunks, rows.slice(3), null, { rowsAPiece: 77 });
    expect(again.newBytes).toBeLessThan(size(rows) * 0.6);
  });
});
