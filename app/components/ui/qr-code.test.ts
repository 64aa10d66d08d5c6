import { create } from 'qrcode';
import { describe, expect, test } from 'vitest';
import { darkModules } from './qr-code.tsx';

/** The modules that a path of strokes covers, drawn the way SVG would. */
function draw(path: string, size: number): number[] {
  const drawn = new Array<number>(size * size).fill(0);
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-(?:\d+)z/g))
    for (let column = 0; column < Number(length); column += 1)
      drawn[(Number(y) - 4) * size + Number(x) - 4 + column] = 1;
  return drawn;
}

describe('darkModules', () => {
  test.each(['FIBERKEEP-KEY1ABCD', 'AGE-SECRET-KEY-1QQQQ', 'ção 🌩️'.repeat(20)])(
    'draws every dark module of the code for %j, and no other',
    (text) => {
      const { data, size } = create(text, { errorCorrectionLevel: 'M' }).modules;
      expect(draw(darkModules(data, size), size)).toEqual(Array.from(data, Number));
    },
  );
});
