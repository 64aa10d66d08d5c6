import { describe, expect, test } from 'vitest';
import { plotScale } from './plot-scale.ts';

const size = { width: 400, height: 300, margin: 20 };

describe('plotScale', () => {
  test('keeps all places within the margins, north up and east right', () => {
    const places = [
      { lat: -5.1, lng: -42.9 },
      { lat: -5.2, lng: -42.7 },
    ] as const;
    const scale = plotScale(places, size);
    for (const place of places) {
      expect(scale.x(place)).toBeGreaterThanOrEqual(20 - 1e-6);
      expect(scale.x(place)).toBeLessThanOrEqual(380 + 1e-6);
      expect(scale.y(place)).toBeGreaterThanOrEqual(20 - 1e-6);
      expect(scale.y(place)).toBeLessThanOrEqual(280 + 1e-6);
    }
    expect(scale.y(places[0])).toBeLessThan(scale.y(places[1]));
    expect(scale.x(places[0])).toBeLessThan(scale.x(places[1]));
  });

  test('is true to shape: a degree of longitude is shorter away from the equator', () => {
    const places = [
      { lat: 59.5, lng: 10 },
      { lat: 60.5, lng: 11 },
    ] as const;
    const scale = plotScale(places, size);
    const across = scale.x(places[1]) - scale.x(places[0]);
    const down = scale.y(places[0]) - scale.y(places[1]);
    expect(across / down).toBeCloseTo(Math.cos(Math.PI / 3), 2);
  });

  test('puts a single place in the middle', () => {
    const place = { lat: 10, lng: 20 };
    const scale = plotScale([place], size);
    expect([scale.x(place), scale.y(place)]).toEqual([200, 150]);
  });

  test.each([
    [0.0001, 50],
    [0.1, 2_000],
    [1, 20_000],
  ])('has a bar of an easy length for %d degrees', (degrees, meters) => {
    const { bar } = plotScale(
      [
        { lat: 0, lng: 0 },
        { lat: 0, lng: degrees },
      ],
      size,
    );
    expect(bar.meters).toBe(meters);
    expect(bar.length).toBeLessThanOrEqual(100);
  });
});
