import type { Random } from './random.ts';

/** A table that random steps work on. */
export interface WorkTable {
  readonly key: string;
  readonly columns: string;
  /** Right sides of an UPDATE; some give the bytes that are there. */
  readonly updates: readonly string[];
  /** The values of a new row with this number. */
  row(random: Random, id: number): string;
}

const usual = (text: string): WorkTable => ({
  key: 'id',
  columns: 'id, a, b',
  updates: ['a = a + 1', 'a = a', `b = b || 'y'`, 'id = id + 100000', 'b = left(b, 3)'],
  row: (random, id) => `${id}, ${random.int(100)}, repeat('${text}', ${random.int(60)})`,
});

export const workTables: Readonly<Record<string, WorkTable>> = {
  plain: usual('x'),
  unlogged: usual('u'),
  swapped_one: usual('s'),
  swapped_two: usual('t'),
  parent: usual('p'),
  parted: {
    ...usual('q'),
    updates: ['a = a + 1', 'id = (id + 333) % 1500', 'b = b'],
    row: (random, id) => `${id % 1500}, ${random.int(9)}, 'q'`,
  },
  child: {
    key: 'id',
    columns: 'id, a, b, extra',
    updates: ['a = a + 1', `extra = extra || 'e'`],
    row: (random, id) => `${id}, ${random.int(9)}, 'c', 'e'`,
  },
  toasted: {
    key: 'id',
    columns: 'id, big, n',
    updates: [
      'n = n + 1',
      'big = big',
      `big = big || 'z'`,
      `big = repeat(md5(id::text || n), 200)`,
    ],
    row: (random, id) =>
      `${id}, repeat(md5('${random.next()}'), ${random.chance(0.5) ? random.int(3) : 100 + random.int(300)}), ${random.int(9)}`,
  },
  generated: {
    key: 'id',
    columns: 'id, x, z',
    updates: ['x = x + 1', 'x = x', `z = z || E'\\t\\n\\\\'`],
    row: (random, id) => `${id}, ${random.int(50)}, 'z${random.int(9)}'`,
  },
  keyless: {
    key: 'k',
    columns: 'k, w',
    updates: ['k = k', `w = 'dup'`, 'k = k + 1'],
    row: (random) =>
      `${random.int(50)}, ${random.pick(["''", 'NULL', "'dup'", `repeat('w', ${random.int(30)})`])}`,
  },
  altered: {
    key: 'id',
    columns: 'id, ts, vc, i, b',
    updates: ['i = i + 1', `b = 'n'`, `vc = 'w'`],
    row: (random, id) =>
      `${id}, '2026-01-01'::timestamp + ${random.int(99999)} * interval '1 s', 'v${random.int(99)}', ${random.int(99)}, 'b'`,
  },
  mooded: {
    key: 'id',
    columns: 'id, mood',
    updates: [`mood = 'sad'`, 'mood = mood'],
    row: (random, id) => `${id}, '${random.pick(['sad', 'fine'])}'`,
  },
};

export const tableNames = Object.keys(workTables);

/** The tables that have a file: VACUUM and TRUNCATE take these. */
export const fileTables = [
  ...tableNames.filter((name) => name !== 'parted'),
  'parted_low',
  'parted_high',
  'parted_rest',
];

/** Makes the tables in the schema that the search path leads to. */
export function tablesSql(major: number): string {
  const virtual = major >= 18 ? ', v int GENERATED ALWAYS AS (x + 1) VIRTUAL' : '';
  return `
    CREATE TABLE plain (id int PRIMARY KEY, a int, b text, c timestamptz DEFAULT now()) WITH (fillfactor = 70);
    CREATE TABLE toasted (id int PRIMARY KEY, big text, n int);
    ALTER TABLE toasted ALTER big SET STORAGE EXTERNAL;
    CREATE TABLE generated (id int PRIMARY KEY, x int, y int GENERATED ALWAYS AS (x * 2) STORED, z text${virtual});
    CREATE TABLE parent (id int, a int, b text);
    CREATE TABLE child (extra text) INHERITS (parent);
    CREATE TABLE parted (id int, a int, b text) PARTITION BY RANGE (id);
    CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (500);
    CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (500) TO (1000);
    CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
    CREATE TABLE keyless (k int, w text);
    CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY, a int, b text);
    CREATE TABLE altered (id int PRIMARY KEY, ts timestamp, vc varchar(10), i int, b text);
    CREATE TABLE swapped_one (id int PRIMARY KEY, a int, b text);
    CREATE TABLE swapped_two (id int PRIMARY KEY, a int, b text);
    CREATE TYPE mood AS ENUM ('sad', 'fine');
    CREATE TABLE mooded (id int PRIMARY KEY, mood mood)`;
}
