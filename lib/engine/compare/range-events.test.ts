import { expect, test } from 'vitest';
import { randomOf } from '#plant/sample/random.ts';
import type { ChunkRef } from '../ports.ts';
import type { RopeRange } from '../rope/rope.ts';
import { type ByteRange, RangeEvents } from './range-events.ts';

const refOf = (n: number): ChunkRef => ({
  id: n.toString(16).padStart(64, '0'),
  generation: 1n,
  codec: 'none',
  plainBytes: 1_000,
});
const range = (chunk: number, start: number, bytes: number): RopeRange => ({
  chunk,
  start,
  bytes,
  rows: 1,
});

function differences(before: readonly RopeRange[], after: readonly RopeRange[], refs: ChunkRef[]) {
  const events = new RangeEvents(1_000_000);
  expect(events.add(refs, before, 1)).toBe(true);
  expect(events.add(refs, after, -1)).toBe(true);
  return [...events.differences()];
}

test('what both sides have differs in nothing, also cut otherwise and in another order', () => {
  const refs = [refOf(0), refOf(1)];
  const before = [range(0, 0, 100), range(1, 0, 50)];
  const after = [range(1, 0, 20), range(0, 40, 60), range(1, 20, 30), range(0, 0, 40)];
  expect(differences(before, after, refs)).toEqual([]);
});

test('a part that one side lacks, and one that stands there twice', () => {
  const refs = [refOf(0)];
  const before = [range(0, 0, 100)];
  const after = [range(0, 0, 30), range(0, 60, 40), range(0, 60, 40)];
  expect(differences(before, after, refs)).toEqual([
    { ref: refs[0], before: [{ start: 30, end: 60 }], after: [{ start: 60, end: 100 }] },
  ]);
});

test('a chunk that both ropes number otherwise is the same chunk', () => {
  const events = new RangeEvents(100);
  events.add([refOf(0), refOf(1)], [range(0, 0, 10), range(1, 0, 10)], 1);
  events.add([refOf(1), refOf(0)], [range(1, 0, 10)], -1);
  expect([...events.differences()]).toEqual([
    { ref: refOf(1), before: [{ start: 0, end: 10 }], after: [] },
  ]);
});

test('too many ranges are refused, and what came before stays', () => {
  const events = new RangeEvents(4);
  expect(events.add([refOf(0)], [range(0, 0, 10), range(0, 10, 10)], 1)).toBe(true);
  expect(events.add([refOf(0)], [range(0, 0, 10)], -1)).toBe(false);
  expect([...events.differences()]).toHaveLength(1);
});

test('any two ropes differ as counting byte by byte says', () => {
  const random = randomOf('ranges', 11);
  const chunks = 3;
  const bytes = 60;
  for (let round = 0; round < 300; round++) {
    const refs = Array.from({ length: chunks }, (_, n) => refOf(n));
    const rope = () =>
      Array.from({ length: Math.floor(random.next() * 12) }, () => {
        const start = Math.floor(random.next() * (bytes - 1));
        const size = 1 + Math.floor(random.next() * (bytes - start - 1));
        return range(Math.floor(random.next() * chunks), start, size);
      });
    const [before, after] = [rope(), rope()];
    const expected = new Int32Array(chunks * bytes);
    for (const [one, sign] of [...before.map((r) => [r, 1]), ...after.map((r) => [r, -1])] as [
      RopeRange,
      number,
    ][])
      for (let at = one.start; at < one.start + one.bytes; at++)
        expected[one.chunk * bytes + at] = (expected[one.chunk * bytes + at] ?? 0) + sign;
    const found = new Int32Array(chunks * bytes);
    for (const { ref, ...sides } of differences(before, after, refs)) {
      const chunk = refs.indexOf(ref);
      const count = (ranges: readonly ByteRange[], sign: number) => {
        for (const { start, end } of ranges)
          for (let at = start; at < end; at++)
            found[chunk * bytes + at] = (found[chunk * bytes + at] ?? 0) + sign;
      };
      count(sides.before, 1);
      count(sides.after, -1);
    }
    expect(found).toEqual(expected);
  }
});
