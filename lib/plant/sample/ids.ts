import { type SamplePlan, streetCount } from './streets.ts';

/** Tables with ids of their own. The number is part of the id; the days say when the first row was made. */
const kinds = {
  tag: { number: 1, day: 0 },
  project: { number: 2, day: 1 },
  pole: { number: 3, day: 10 },
  box: { number: 4, day: 30 },
  cable: { number: 5, day: 35 },
  client: { number: 6, day: 60 },
  post: { number: 7, day: 90 },
  post_file: { number: 8, day: 90 },
} as const;

export type SampleKind = keyof typeof kinds;

/** When the sample's network was begun. It was built for a year and a half. */
const FIRST_DAY = Date.UTC(2023, 0, 9, 11);
const DAY_MS = 24 * 60 * 60 * 1000;
const SPAN_MS = 548 * DAY_MS;
const MOST_PER_STREET = 4096;

/** Ids and times follow from a row's place alone, so nobody has to keep a row to refer to it. */
export interface SampleIds {
  /** UUIDv7 in form (RFC 9562 section 5.7), of the row's time. `at` is below 4,096. */
  id(kind: SampleKind, street: number, at: number): string;
  /** As PostgreSQL reads it; rises with street and `at`. */
  time(kind: SampleKind, street: number, at: number): string;
}

export function sampleIds(plan: SamplePlan): SampleIds {
  const perStreet = SPAN_MS / streetCount(plan);
  const millis = (kind: SampleKind, street: number, at: number) =>
    FIRST_DAY + kinds[kind].day * DAY_MS + Math.floor((street + at / MOST_PER_STREET) * perStreet);
  return {
    id: (kind, street, at) => {
      const time = millis(kind, street, at).toString(16).padStart(12, '0');
      // Multiplying by an odd number permutes the 32-bit numbers, so they are scattered and distinct.
      const place = Math.imul(street * MOST_PER_STREET + at, 0x9e3779b1) >>> 0;
      const more = Math.imul(place ^ 0x5bd1e995, 0x85ebca6b) >>> 0;
      const rest = hex(more, 8) + hex(place, 8);
      const variant = (0x8 | (more >>> 30)).toString(16);
      return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(kinds[kind].number, 3)}-${variant}${rest.slice(0, 3)}-${rest.slice(4)}`;
    },
    time: (kind, street, at) => new Date(millis(kind, street, at)).toISOString(),
  };
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
