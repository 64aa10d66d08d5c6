declare module 'lineclip' {
  type Place = [x: number, y: number];

  /** The parts of a line inside a box, given as its least x and y and its greatest. */
  export function clipPolyline(
    points: readonly Place[],
    box: readonly [number, number, number, number],
  ): Place[][];
}
