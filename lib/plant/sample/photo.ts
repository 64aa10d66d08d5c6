import jpeg from 'jpeg-js';
import { type Random, randomOf } from './random.ts';

const WIDTH = 448;
const HEIGHT = 336;

type Color = readonly [red: number, green: number, blue: number];

/** A picture being drawn: four bytes a pixel. */
type Canvas = Buffer;

/** A scene as JPEG (30 to 120 KB): a pole with its box and cables before houses and sky. */
export function drawScene(scene: number): Buffer {
  const random = randomOf('scene', scene);
  const canvas = Buffer.alloc(WIDTH * HEIGHT * 4, 255);
  const horizon = Math.round(HEIGHT * (0.62 + random.next() * 0.12));
  drawSky(canvas, horizon, random);
  drawGround(canvas, horizon, random);
  drawHouses(canvas, horizon, random);
  const pole = random.whole(160, 270);
  const top = random.whole(10, 40);
  for (let wire = 0; wire < 4; wire++) drawCable(canvas, pole, top + 14 + wire * 16, random);
  drawPole(canvas, pole, top);
  drawBox(canvas, pole, top + random.whole(60, 90), random);
  drawPlate(canvas, pole - 21, random.whole(190, 220), String(1000 + (scene % 9000)));
  addGrain(canvas, random);
  return jpeg.encode({ data: canvas, width: WIDTH, height: HEIGHT }, random.whole(80, 93)).data;
}

const START_BYTES = 2;
const COMMENT = Buffer.from([0xff, 0xfe]);

/** The same picture with other bytes, by a comment after the start of the JPEG (ITU T.81 B.2.4.5). */
export function shotOf(scene: Buffer, shot: number): Buffer {
  const text = Buffer.from(`shot ${shot + 1}`);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(text.length + length.length);
  const [start, rest] = [scene.subarray(0, START_BYTES), scene.subarray(START_BYTES)];
  return Buffer.concat([start, COMMENT, length, text, rest]);
}

function paint(canvas: Canvas, x: number, y: number, color: Color): void {
  if (x < 0 || y < 0 || x >= WIDTH || y >= HEIGHT) return;
  const at = (y * WIDTH + x) * 4;
  canvas[at] = color[0];
  canvas[at + 1] = color[1];
  canvas[at + 2] = color[2];
}

function fill(
  canvas: Canvas,
  left: number,
  top: number,
  width: number,
  height: number,
  color: Color,
) {
  for (let y = top; y < top + height; y++)
    for (let x = left; x < left + width; x++) paint(canvas, x, y, color);
}

function blend(from: Color, to: Color, share: number): Color {
  const mix = (at: 0 | 1 | 2) => Math.round(from[at] + (to[at] - from[at]) * share);
  return [mix(0), mix(1), mix(2)];
}

const skies: readonly (readonly [Color, Color])[] = [
  [
    [74, 132, 201],
    [190, 214, 235],
  ],
  [
    [112, 130, 150],
    [205, 210, 215],
  ],
  [
    [60, 84, 140],
    [240, 190, 140],
  ],
  [
    [88, 150, 210],
    [222, 232, 238],
  ],
];

function drawSky(canvas: Canvas, horizon: number, random: Random): void {
  const [high, low] = random.pick(skies);
  for (let y = 0; y < horizon; y++) fill(canvas, 0, y, WIDTH, 1, blend(high, low, y / horizon));
}

function drawGround(canvas: Canvas, horizon: number, random: Random): void {
  const far: Color = random.pick([
    [122, 128, 96],
    [140, 130, 116],
    [110, 124, 88],
  ] as const);
  const near: Color = [74, 74, 78];
  for (let y = horizon; y < HEIGHT; y++)
    fill(canvas, 0, y, WIDTH, 1, blend(far, near, (y - horizon) / (HEIGHT - horizon)));
}

function drawHouses(canvas: Canvas, horizon: number, random: Random): void {
  for (let left = -20; left < WIDTH; ) {
    const width = random.whole(50, 110);
    const height = random.whole(34, 84);
    const wall: Color = [random.whole(150, 235), random.whole(140, 215), random.whole(120, 200)];
    fill(canvas, left, horizon - height, width, height, wall);
    fill(canvas, left, horizon - height - 8, width, 8, [random.whole(130, 170), 78, 56]);
    for (let window = left + 10; window < left + width - 16; window += 26)
      fill(canvas, window, horizon - height + 14, 13, 17, [58, 70, 88]);
    left += width + random.whole(4, 26);
  }
}

/** A cable sags: a parabola through its ends. */
function drawCable(canvas: Canvas, pole: number, height: number, random: Random): void {
  const sag = random.whole(8, 26);
  for (const [from, to] of [
    [-60, pole],
    [pole, WIDTH + 60],
  ] as const)
    for (let x = Math.max(0, from); x < Math.min(WIDTH, to); x++) {
      const share = (x - from) / (to - from);
      const y = Math.round(height + 4 * sag * share * (1 - share));
      fill(canvas, x, y, 1, 2, [28, 28, 32]);
    }
}

function drawPole(canvas: Canvas, pole: number, top: number): void {
  for (let y = top; y < HEIGHT - 12; y++) {
    const half = 7 + Math.floor((y - top) / 60);
    for (let x = -half; x <= half; x++)
      paint(canvas, pole + x, y, blend([176, 172, 164], [104, 102, 98], (x + half) / (2 * half)));
  }
  fill(canvas, pole - 46, top + 12, 92, 6, [96, 84, 70]);
}

function drawBox(canvas: Canvas, pole: number, top: number, random: Random): void {
  const [width, height] = [random.whole(34, 46), random.whole(50, 64)];
  fill(canvas, pole - 12, top, width, height, [34, 36, 40]);
  fill(canvas, pole - 9, top + 3, width - 6, 4, [88, 92, 98]);
  for (let port = 0; port < 6; port++)
    fill(canvas, pole - 8 + port * 5, top + height, 2, random.whole(14, 34), [20, 20, 24]);
}

/** Digits of three by five dots. Each row is three bits. */
const digits: readonly (readonly number[])[] = [
  [7, 5, 5, 5, 7],
  [2, 6, 2, 2, 7],
  [7, 1, 7, 4, 7],
  [7, 1, 7, 1, 7],
  [5, 5, 7, 1, 1],
  [7, 4, 7, 1, 7],
  [7, 4, 7, 5, 7],
  [7, 1, 1, 2, 2],
  [7, 5, 7, 5, 7],
  [7, 5, 7, 1, 7],
];
const DOT = 3;

function drawPlate(canvas: Canvas, left: number, top: number, text: string): void {
  fill(canvas, left - 4, top - 4, text.length * 4 * DOT + 6, 5 * DOT + 8, [244, 214, 60]);
  [...text].forEach((digit, place) => {
    digits[Number(digit)]?.forEach((row, y) => {
      for (let x = 0; x < 3; x++)
        if (row & (4 >> x))
          fill(canvas, left + (place * 4 + x) * DOT, top + y * DOT, DOT, DOT, [24, 24, 24]);
    });
  });
}

/** Sensor noise. Without it a drawing of flat areas would make too small a file for a photo. */
function addGrain(canvas: Canvas, random: Random): void {
  for (let at = 0; at < canvas.length; at += 4) {
    const grain = random.whole(-9, 9);
    for (let channel = at; channel < at + 3; channel++)
      canvas[channel] = Math.max(0, Math.min(255, (canvas[channel] ?? 0) + grain));
  }
}
