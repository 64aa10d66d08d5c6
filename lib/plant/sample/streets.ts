import { type Random, randomOf } from './random.ts';
import { cities, districtKinds, districtNames, streetKinds, streetNames } from './words.ts';

export type SampleSize = 'small' | 'city' | 'region';

/** How much of everything. A street has about 132 rows. */
export interface SamplePlan {
  readonly size: SampleSize;
  readonly projects: number;
  readonly streetsPerProject: number;
  /** How many scenes are drawn. */
  readonly scenes: number;
  /** How many photos each scene has. */
  readonly shotsPerScene: number;
}

export const samplePlans: Record<SampleSize, SamplePlan> = {
  small: { size: 'small', projects: 3, streetsPerProject: 5, scenes: 24, shotsPerScene: 1 },
  city: { size: 'city', projects: 24, streetsPerProject: 32, scenes: 400, shotsPerScene: 1 },
  region: { size: 'region', projects: 570, streetsPerProject: 40, scenes: 400, shotsPerScene: 5 },
};

export const photoCount = (plan: SamplePlan) => plan.scenes * plan.shotsPerScene;
export const streetCount = (plan: SamplePlan) => plan.projects * plan.streetsPerProject;

export interface Position {
  readonly lat: number;
  readonly lng: number;
}

export interface District {
  readonly name: string;
  readonly city: string;
  /** Three letters in the names of its elements. */
  readonly code: string;
  readonly center: Position;
  /** Direction of its streets in radians from east. */
  readonly bearing: number;
}

export interface Street {
  readonly index: number;
  readonly project: number;
  readonly district: District;
  readonly name: string;
  /** Part of the names of everything on the street. */
  readonly code: string;
  readonly poles: readonly Position[];
  /** The poles that carry a box. The first one carries the splice that feeds the street. */
  readonly boxPoles: readonly number[];
  /** Number of clients of each box, in order. The splice has none. */
  readonly clients: readonly number[];
}

const DISTRICTS_PER_CITY = districtKinds.length * districtNames.length;
const DISTRICT_METERS = 2_600;
const BLOCK_METERS = 92;
const SPAN_METERS = 35;
const METERS_PER_DEGREE = 111_320;
const POLES_PER_BOX = 4;

/** A neighborhood. Neighborhoods lie on a grid around the center of their city. */
export function districtOf(project: number): District {
  const [city, lat, lng] = cities[
    Math.floor(project / DISTRICTS_PER_CITY) % cities.length
  ] as (typeof cities)[0];
  const inCity = project % DISTRICTS_PER_CITY;
  const kind = districtKinds[inCity % districtKinds.length] as string;
  const noun = districtNames[Math.floor(inCity / districtKinds.length)] as string;
  const east = ((inCity % 5) - 2) * DISTRICT_METERS;
  const north = (Math.floor(inCity / 5) - 2) * DISTRICT_METERS;
  return {
    name: `${kind} ${noun}`,
    city,
    code: letters(kind, noun),
    center: moved({ lat, lng }, east, north),
    bearing: randomOf('district', project).next() * 0.5 - 0.25,
  };
}

function letters(kind: string, noun: string): string {
  const plain = noun
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replace(/^d[ao]s? /, '');
  return `${kind.charAt(0)}${plain.slice(0, 2)}`.toUpperCase();
}

function moved(from: Position, east: number, north: number): Position {
  const lat = from.lat + north / METERS_PER_DEGREE;
  const meters = METERS_PER_DEGREE * Math.cos((from.lat * Math.PI) / 180);
  return { lat: rounded(lat), lng: rounded(from.lng + east / meters) };
}

/** Rounds to six decimals: ten centimeters. */
function rounded(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}

/** Everything about one street except its rows, the same every time. */
export function streetOf(plan: SamplePlan, index: number): Street {
  const project = Math.floor(index / plan.streetsPerProject);
  const inProject = index % plan.streetsPerProject;
  const district = districtOf(project);
  const random = randomOf('street', index);
  const poles = polesAlong(district, inProject, plan.streetsPerProject, random);
  const boxPoles = poles.map((_, at) => at).filter((at) => at % POLES_PER_BOX === 1);
  return {
    index,
    project,
    district,
    name: `${random.pick(streetKinds)} ${random.pick(streetNames)}`,
    code: `${district.code}-${String(index + 1).padStart(5, '0')}`,
    poles,
    boxPoles,
    clients: boxPoles.map((_, at) => (at === 0 ? 0 : random.whole(6, 13))),
  };
}

/** Half of a district's streets run one way, half cross them. */
function polesAlong(
  district: District,
  street: number,
  streets: number,
  random: Random,
): Position[] {
  const crossing = street % 2;
  const aside = (Math.floor(street / 2) - streets / 4) * BLOCK_METERS;
  const count = random.whole(20, 28);
  const [cos, sin] = [Math.cos(district.bearing), Math.sin(district.bearing)];
  return Array.from({ length: count }, (_, at) => {
    const along = (at - count / 2) * SPAN_METERS + random.next() * 3;
    const across = aside + random.next() * 1.5;
    const [x, y] = crossing ? [across, along] : [along, across];
    return moved(district.center, x * cos - y * sin, x * sin + y * cos);
  });
}

/** A random place in the houses beside a pole. */
export function houseBeside(pole: Position, random: Random): Position {
  return moved(pole, random.next() * 44 - 22, random.next() * 44 - 22);
}

/** Meters between two positions that are close together. */
export function distance(a: Position, b: Position): number {
  const east = (b.lng - a.lng) * Math.cos((a.lat * Math.PI) / 180);
  return Math.hypot(east, b.lat - a.lat) * METERS_PER_DEGREE;
}
