import { describe, expect, test } from 'vitest';
import { SpeedMeter, secondsLeft } from './speed-meter.ts';

describe('SpeedMeter', () => {
  test('says nothing in the first half second', () => {
    const meter = new SpeedMeter();
    expect(meter.note(0, 0)).toBeNull();
    expect(meter.note(1000, 400)).toBeNull();
    expect(meter.note(2000, 1000)).toBe(2000);
  });

  test('follows a connection that slows down, within eight seconds', () => {
    const meter = new SpeedMeter();
    for (let second = 0; second <= 20; second += 1) meter.note(second * 10_000, second * 1000);
    let speed: number | null = 0;
    for (let second = 1; second <= 9; second += 1)
      speed = meter.note(200_000 + second * 1000, 20_000 + second * 1000);
    expect(speed).toBeCloseTo(1000, 0);
  });

  test('starts over after bytes are sent again, and after an interruption', () => {
    const meter = new SpeedMeter();
    meter.note(0, 0);
    meter.note(50_000, 1000);
    expect(meter.note(20_000, 1100)).toBeNull();
    expect(meter.note(30_000, 2100)).toBe(10_000);
    meter.reset();
    expect(meter.note(30_000, 60_000)).toBeNull();
  });
});

describe('secondsLeft', () => {
  test('is the time for the rest at the current speed', () => {
    expect(secondsLeft(250, 1000, 50)).toBe(15);
    expect(secondsLeft(1000, 1000, 50)).toBe(0);
  });

  test('is unknown while nothing moves', () => {
    expect(secondsLeft(0, 1000, null)).toBeNull();
    expect(secondsLeft(0, 1000, 0)).toBeNull();
  });
});
