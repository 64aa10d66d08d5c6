import { describe, expect, test } from 'vitest';
import { lengthOf, lineOf, metersBetween, placesOf } from './places-of.ts';

const field = (name: string, before: unknown, after: unknown) => ({
  name,
  before,
  after,
  beforeName: null,
  afterName: null,
  hidden: false,
});

describe('placesOf', () => {
  test('takes the coordinate that did not change from the change', () => {
    const moved = {
      kind: 'CHANGED' as const,
      fields: [field('lat', -5.1, -5.2)],
      place: { lat: -5.2, lng: -42.8 },
    };
    expect(placesOf(moved)).toEqual({
      before: { lat: -5.1, lng: -42.8 },
      after: { lat: -5.2, lng: -42.8 },
    });
  });

  test('has no place on the side that lacks the row', () => {
    const removed = {
      kind: 'REMOVED' as const,
      fields: [field('lat', -5.1, null), field('lng', -42.8, null)],
      place: { lat: -5.1, lng: -42.8 },
    };
    expect(placesOf(removed)).toEqual({ before: { lat: -5.1, lng: -42.8 }, after: null });
  });

  test('is null where no coordinate differs', () => {
    const renamed = { kind: 'CHANGED' as const, fields: [field('name', 'a', 'b')], place: null };
    expect(placesOf(renamed)).toBeNull();
  });
});

describe('lines', () => {
  test('have their length in meters', () => {
    const line = lineOf([
      [0, 0],
      [0, 1],
      [0, 2],
    ]);
    expect(lengthOf(line ?? [])).toBeCloseTo(222_390, -2);
    expect(metersBetween({ lat: 0, lng: 0 }, { lat: 0, lng: 0 })).toBe(0);
  });

  test.each([null, 'text', [1, 2], [['a', 'b']]])('are not %j', (value) => {
    expect(lineOf(value)).toBeNull();
  });
});
