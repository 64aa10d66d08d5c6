import { type Random, randomOf } from './random.ts';
import { photoCount, type SamplePlan, type Street } from './streets.ts';
import { notes, tags } from './words.ts';

export type NotedKind = keyof typeof notes;
type Note = readonly [title: string, observation: string, isWork?: true];

/** A post of the sample, by its place on its street. */
export interface SamplePost {
  readonly at: number;
  readonly on: { readonly kind: NotedKind; readonly at: number };
  readonly title: string;
  readonly observation: string;
  readonly work: 'NONE' | 'OPEN' | 'DONE';
  /** Days from the post until its work is due; null: it has no day, or is no work. */
  readonly dueDays: number | null;
  /** Numbers of tags, each once. */
  readonly tags: readonly number[];
  /** Numbers of photos, each once. */
  readonly photos: readonly number[];
}

const share = { pole: 0.2, box: 0.5, cable: 0.2, client: 0.05 } as const;
/** Clients are numbered through the boxes of a street, with room for this many at each box. */
export const CLIENTS_PER_BOX = 32;

/** Names of the elements of a street, as in their rows. */
export const nameOf = {
  pole: (street: Street, at: number) => `P-${street.code}-${two(at + 1)}`,
  box: (street: Street, at: number) => `${at === 0 ? 'CEO' : 'CTO'}-${street.code}-${two(at + 1)}`,
  cable: (street: Street, at: number) =>
    at === 0 ? `B72-${street.code}` : `F12-${street.code}-${two(at)}`,
};

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** The places of a street's elements that can carry a post. */
function places(street: Street): { kind: NotedKind; at: number }[] {
  const boxes = street.boxPoles.map((_, at) => at);
  return [
    ...street.poles.map((_, at) => ({ kind: 'pole' as const, at })),
    ...boxes.map((at) => ({ kind: 'box' as const, at })),
    ...boxes.map((at) => ({ kind: 'cable' as const, at })),
    ...boxes.flatMap((box) =>
      Array.from({ length: street.clients[box] ?? 0 }, (_, client) => ({
        kind: 'client' as const,
        at: box * CLIENTS_PER_BOX + client,
      })),
    ),
  ];
}

/** The street's posts, the same every time. */
export function postsOf(plan: SamplePlan, street: Street): SamplePost[] {
  const random = randomOf('posts', street.index);
  const workRandom = randomOf('work', street.index);
  const all = photoCount(plan);
  const chosen = places(street).filter(({ kind }) => random.chance(share[kind]));
  return chosen.map((on, at) => {
    const [title, observation, isWork] = random.pick<Note>(notes[on.kind]);
    const photos = random.chance(0.4) ? random.whole(1, 2) : 0;
    return {
      at,
      on,
      title: title.replace(
        '…',
        on.kind === 'client' ? street.name : nameOf[on.kind](street, on.at),
      ),
      observation,
      ...workOf(isWork, workRandom),
      tags: random.chance(0.45) ? [random.whole(0, tags.length - 1)] : [],
      photos: severalOf(all, photos, random.whole(0, all - 1)),
    };
  });
}

function workOf(isWork: true | undefined, random: Random): Pick<SamplePost, 'work' | 'dueDays'> {
  if (!isWork) return { work: 'NONE', dueDays: null };
  const work = random.chance(0.4) ? 'OPEN' : 'DONE';
  return { work, dueDays: random.chance(0.8) ? random.whole(7, 60) : null };
}

function severalOf(all: number, count: number, first: number): number[] {
  return Array.from({ length: count }, (_, at) => (first + at) % all);
}
