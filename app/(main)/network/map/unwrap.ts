type Position = number[];

/**
 * A line or ring that goes on where it crosses the 180th meridian, past 180 degrees, instead of jumping to the other
 * side of the map. A ring around a pole is closed along it.
 */
export function unwrap(line: readonly Position[]): Position[] {
  let turns = 0;
  const unwrapped = line.map(([lng = 0, lat = 0], at) => {
    const step = lng - (line[at - 1]?.[0] ?? lng);
    if (step > 180) turns -= 360;
    if (step < -180) turns += 360;
    return [lng + turns, lat];
  });
  const [first] = unwrapped;
  const last = unwrapped.at(-1);
  if (turns === 0 || !first || !last) return unwrapped;
  const pole = (first[1] ?? 0) < 0 ? -90 : 90;
  return [...unwrapped, [last[0] ?? 0, pole], [first[0] ?? 0, pole], first];
}

/** The rings of polygons, each unwrapped. */
export function unwrapPolygons(polygons: readonly Position[][][]): Position[][][] {
  return polygons.map((rings) => rings.map(unwrap));
}
