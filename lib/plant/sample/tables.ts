import type { SampleIds } from './ids.ts';
import { CLIENTS_PER_BOX, nameOf, postsOf } from './posts.ts';
import { type Random, randomOf } from './random.ts';
import {
  distance,
  districtOf,
  houseBeside,
  type Position,
  type SamplePlan,
  type Street,
  streetOf,
} from './streets.ts';
import { boxTemplates, firstNames, lastNames, plans, poleTypes, tags } from './words.ts';

/** What rows are made from. */
export interface SampleSource {
  readonly plan: SamplePlan;
  readonly ids: SampleIds;
  /** Ids of the tags, in the order of the words. */
  readonly tagIds: readonly string[];
  readonly createdById: string | null;
}

export type Value = string | number | null;

/** The rows of one table, street by street. */
export interface SampleTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: (source: SampleSource, street: Street) => Value[][];
}

const made = ['created_at', 'created_by', 'updated_at', 'updated_by'];
const madeAt = ({ createdById }: SampleSource, time: string): Value[] => [
  time,
  createdById,
  time,
  createdById,
];

/** Writes a project with its first street. */
const project: SampleTable = {
  name: 'project',
  columns: ['id', 'name', 'description', ...made],
  rows: (source, street) => {
    if (street.index % source.plan.streetsPerProject !== 0) return [];
    const { name, city } = districtOf(street.project);
    const description = `Rede de acesso da Fibra Aurora Telecom em ${name}, ${city} (SP).`;
    return [
      [
        source.ids.id('project', street.index, 0),
        `${name} (${city})`,
        description,
        ...madeAt(source, source.ids.time('project', street.index, 0)),
      ],
    ];
  },
};

const projectId = ({ plan, ids }: SampleSource, street: Street) =>
  ids.id('project', street.project * plan.streetsPerProject, 0);

const pole: SampleTable = {
  name: 'pole',
  columns: [
    'id',
    'project_id',
    'name',
    'lat',
    'lng',
    'type',
    'address',
    'licensing_status',
    ...made,
  ],
  rows: (source, street) => {
    const random = randomOf('pole', street.index);
    return street.poles.map(({ lat, lng }, at) => [
      source.ids.id('pole', street.index, at),
      projectId(source, street),
      nameOf.pole(street, at),
      lat,
      lng,
      random.pick(poleTypes),
      addressOf(street, at),
      random.chance(0.8) ? 'LICENSED' : random.pick(['UNKNOWN', 'PENDING', 'REFUSED']),
      ...madeAt(source, source.ids.time('pole', street.index, at)),
    ]);
  },
};

function addressOf(street: Street, pole: number): string {
  return `${street.name}, ${40 + pole * 35} – ${street.district.name}, ${street.district.city} – SP`;
}

const box: SampleTable = {
  name: 'box',
  columns: [
    'id',
    'project_id',
    'pole_id',
    'name',
    'lat',
    'lng',
    'level',
    'type',
    'template',
    'ports',
    'deployment_status',
    ...made,
  ],
  rows: (source, street) => {
    const random = randomOf('box', street.index);
    return street.boxPoles.map((poleAt, at) => [
      source.ids.id('box', street.index, at),
      projectId(source, street),
      source.ids.id('pole', street.index, poleAt),
      nameOf.box(street, at),
      ...pairOf(street.poles[poleAt]),
      at === 0 ? 1 : 2,
      at === 0 ? 'SPLICE' : 'TERMINATION',
      ...(at === 0 ? spliceClosure : terminalFor(street.clients[at] ?? 0, random)),
      random.chance(0.9) ? 'CERTIFIED' : random.pick(['PLANNED', 'DEPLOYED']),
      ...madeAt(source, source.ids.time('box', street.index, at)),
    ]);
  },
};

const spliceClosure: Value[] = ['CEO 72 fusões', null];

/** Template and ports of a box with room for its clients. */
function terminalFor(clients: number, random: Random): Value[] {
  const [template, ports] = random.pick(boxTemplates.filter(([, most]) => most >= clients));
  return [template, ports];
}

function pairOf(position: Position | undefined): [lat: number, lng: number] {
  if (!position) throw new RangeError('There is no such pole on the street');
  return [position.lat, position.lng];
}

/** The first cable of a street comes from the street before; the others lead from box to box along the poles. */
const cable: SampleTable = {
  name: 'cable',
  columns: [
    'id',
    'project_id',
    'name',
    'from_box_id',
    'to_box_id',
    'type',
    'fiber_count',
    'length_meters',
    'path',
    'deployment_status',
    ...made,
  ],
  rows: (source, street) =>
    street.boxPoles.flatMap((_, at) => {
      const run = at === 0 ? feederOf(source, street) : runBetween(source, street, at);
      if (!run) return [];
      const path = run.path.map(({ lat, lng }) => [lng, lat]);
      return [
        [
          source.ids.id('cable', street.index, at),
          projectId(source, street),
          nameOf.cable(street, at),
          run.from,
          source.ids.id('box', street.index, at),
          at === 0 ? 'BACKBONE' : 'DISTRIBUTION',
          at === 0 ? 72 : 12,
          Math.round(lengthOf(run.path) * 10) / 10,
          JSON.stringify(path),
          'DEPLOYED',
          ...madeAt(source, source.ids.time('cable', street.index, at)),
        ],
      ];
    }),
};

interface Run {
  /** Id of the box where the cable begins; null: at the exchange. */
  readonly from: string | null;
  readonly path: readonly Position[];
}

function runBetween({ ids }: SampleSource, street: Street, at: number): Run {
  const from = street.boxPoles[at - 1] ?? 0;
  const to = street.boxPoles[at] ?? 0;
  return { from: ids.id('box', street.index, at - 1), path: street.poles.slice(from, to + 1) };
}

function feederOf({ plan, ids }: SampleSource, street: Street): Run {
  const end = street.poles[street.boxPoles[0] ?? 0];
  if (!end) throw new RangeError('A street without poles');
  if (street.index % plan.streetsPerProject === 0)
    return { from: null, path: [street.district.center, end] };
  const before = streetOf(plan, street.index - 1);
  const start = before.poles[before.boxPoles[0] ?? 0] ?? end;
  const corner = { lat: start.lat, lng: end.lng };
  return { from: ids.id('box', before.index, 0), path: [start, corner, end] };
}

function lengthOf(path: readonly Position[]): number {
  return path.slice(1).reduce((sum, to, at) => sum + distance(path[at] ?? to, to), 0);
}

const client: SampleTable = {
  name: 'client',
  columns: [
    'id',
    'project_id',
    'box_id',
    'name',
    'lat',
    'lng',
    'address',
    'plan',
    'port',
    'status',
    ...made,
  ],
  rows: (source, street) => {
    const random = randomOf('client', street.index);
    return street.boxPoles.flatMap((poleAt, at) =>
      Array.from({ length: street.clients[at] ?? 0 }, (_, port) => {
        const place = at * CLIENTS_PER_BOX + port;
        const home = houseBeside(street.poles[poleAt] ?? street.district.center, random);
        return [
          source.ids.id('client', street.index, place),
          projectId(source, street),
          source.ids.id('box', street.index, at),
          `${random.pick(firstNames)} ${random.pick(lastNames)} ${random.pick(lastNames)}`,
          home.lat,
          home.lng,
          `${street.name}, ${poleAt * 35 + port * 3 + 11} – ${street.district.name}, ${street.district.city} – SP`,
          random.pick(plans),
          port + 1,
          random.chance(0.93) ? 'ACTIVE' : random.pick(['PLANNED', 'SUSPENDED', 'CANCELLED']),
          ...madeAt(source, source.ids.time('client', street.index, place)),
        ];
      }),
    );
  },
};

const post: SampleTable = {
  name: 'post',
  columns: [
    'id',
    'pole_id',
    'box_id',
    'cable_id',
    'client_id',
    'title',
    'observation',
    'work',
    'due_on',
    ...made,
  ],
  rows: (source, street) =>
    postsOf(source.plan, street).map(({ at, on, title, observation, work, dueDays }) => {
      const id = source.ids.id(on.kind, street.index, on.at);
      const time = source.ids.time('post', street.index, at);
      return [
        source.ids.id('post', street.index, at),
        ...(['pole', 'box', 'cable', 'client'] as const).map((kind) =>
          on.kind === kind ? id : null,
        ),
        title,
        observation,
        work,
        dueDays === null ? null : daysAfter(time, dueDays),
        ...madeAt(source, time),
      ];
    }),
};

/** The day, such as 2026-11-22. */
function daysAfter(time: string, days: number): string {
  return new Date(Date.parse(time) + days * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
}

const postTag: SampleTable = {
  name: 'post_tag',
  columns: ['post_id', 'tag_id'],
  rows: (source, street) =>
    postsOf(source.plan, street).flatMap((one) =>
      one.tags.map((tag) => [source.ids.id('post', street.index, one.at), tagId(source, tag)]),
    ),
};

function tagId(source: SampleSource, tag: number): string {
  return source.tagIds[tag % tags.length] as string;
}

/** Tags a random share of a street's elements: one in `chance` on average. */
function tagsOn(kind: 'pole' | 'box' | 'client', chance: number): SampleTable {
  return {
    name: `${kind}_tag`,
    columns: [`${kind}_id`, 'tag_id'],
    rows: (source, street) => {
      const random = randomOf(`${kind}-tag`, street.index);
      return placesOf(kind, street)
        .filter(() => random.chance(chance))
        .map((at) => [
          source.ids.id(kind, street.index, at),
          tagId(source, random.whole(0, tags.length - 1)),
        ]);
    },
  };
}

function placesOf(kind: 'pole' | 'box' | 'client', street: Street): number[] {
  if (kind === 'pole') return street.poles.map((_, at) => at);
  if (kind === 'box') return street.boxPoles.map((_, at) => at);
  return street.clients.flatMap((count, box) =>
    Array.from({ length: count }, (_, at) => box * CLIENTS_PER_BOX + at),
  );
}

/** Parents come before children. Lists of files come later, because they need the photos' digests. */
export const sampleTables: readonly SampleTable[] = [
  project,
  pole,
  box,
  cable,
  client,
  post,
  postTag,
  tagsOn('pole', 0.3),
  tagsOn('box', 0.5),
  tagsOn('client', 0.25),
];

/** Which photos the posts show. `sha256s`: the photos' digests, by number. */
export function postFileTable(sha256s: readonly string[]): SampleTable {
  return {
    name: 'post_file',
    columns: ['id', 'post_id', 'sha256', 'name', 'media_type', 'created_at', 'created_by'],
    rows: (source, street) =>
      postsOf(source.plan, street).flatMap((one) =>
        one.photos.map((photo, which) => {
          const at = one.at * 2 + which;
          const time = source.ids.time('post_file', street.index, at);
          return [
            source.ids.id('post_file', street.index, at),
            source.ids.id('post', street.index, one.at),
            sha256s[photo] as string,
            `IMG_${time.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_')}_${which + 1}.jpg`,
            'image/jpeg',
            time,
            source.createdById,
          ];
        }),
      ),
  };
}
