/**
 * Returns at most `count` round ticks for an axis that reaches `most`: 1, 2 or 5 times a power of
 * ten.
 */
export function axisTicks(most: number, count = 4): number[] {
  if (!(most > 0)) return [0];
  const rough = most / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((one) => one * power >= rough) ?? 10) * power;
  const ticks = [0];
  while ((ticks.at(-1) ?? 0) < most) ticks.push(step * ticks.length);
  return ticks;
}

export interface Point {
  readonly x: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Returns the outline of the area between two lines as the `d` of an SVG path; empty without
 * points.
 */
export function areaPath(points: readonly Point[]): string {
  if (points.length === 0) return '';
  const upper = points.map(({ x, high }) => `${round(x)},${round(high)}`);
  const lower = points.map(({ x, low }) => `${round(x)},${round(low)}`).reverse();
  return `M${[...upper, ...lower].join('L')}Z`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
