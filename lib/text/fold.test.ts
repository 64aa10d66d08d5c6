import type { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { migrationNames, migrationSql } from '#prisma/schema-engine.ts';
import { openTestDatabase } from '#testing/database.ts';
import { compareNames, foldName } from './fold.ts';
import { foldSql, UNICODE } from './fold-sql.ts';

describe('what a search takes for the same', () => {
  test.each([
    ['composed and decomposed', 'Região Sul', 'Regia\u0303o Sul'],
    ['no accents', 'Ação São João Conceição', 'acao sao joao conceicao'],
    ['two blanks', 'Região  Sul', 'regiao sul'],
    ['a no-break space', 'Região\u00a0Sul', 'regiao sul'],
    ['an ideographic space and a tab', 'Região\u3000\tSul', 'regiao sul'],
    ['blanks around', '  Sul\n', 'sul'],
    ['a zero-width space', 'Re\u200bgião', 'regiao'],
    ['a soft hyphen, a BOM, a joiner', 'Re\u00ad\ufeffgi\u200dão', 'regiao'],
    ['a right-to-left override', 'a\u202ebc', 'abc'],
    ['letters that do not decompose', 'Øre Łódź Đà ħ ı ß Æ œ Þór', 'ore lodz da h i ss ae oe thor'],
    ['Hungarian and Guaraní', 'ő Ű ẽ Ỹ', 'o u e y'],
    ['full width', 'Ｐ－００１', 'p-001'],
    ['quotes and dashes of a phone', 'd’Água – “B”', 'd\'agua - "b"'],
    ['ordinals', 'nº 5ª', 'no 5a'],
    ['a final sigma', 'ΟΔΟΣ', 'οδος'],
    ['Cyrillic', 'Ёлка', 'елка'],
    ['an emoji in two styles', '☎\ufe0f', '☎'],
    ['a control character', 'a\u0007b', 'ab'],
  ])('%s', (_what, name, plain) => {
    expect(foldName(name)).toBe(foldName(plain));
    expect(foldName(foldName(name))).toBe(foldName(name));
  });

  test('vowel signs are letters where scripts write them so', () => {
    expect(foldName('कि')).not.toBe(foldName('क'));
    expect(foldName('ดี')).not.toBe(foldName('ดา'));
  });
});

const NAMES = [
  ...['Águas', 'aguas claras', 'Zé', 'zebra', 'Øst', 'Oeste', 'Łódź', 'lago', 'Lote 2', 'lote 10'],
  ...[
    'ñandú',
    'Nandu',
    'ő',
    'ovo',
    'ẽ',
    'eu',
    'Conceição 9',
    'Conceição',
    'conceição-9',
    'ßa',
    'st',
  ],
  ...[
    'P-001',
    'P 001',
    'P001',
    'É',
    'e',
    'f',
    'đ',
    'da',
    'dz',
    'Αθήνα',
    'Ωμέγα',
    'Москва',
    'Ёлка',
    'Жук',
  ],
];

test('lists are in the order of UTS #10 at primary strength', () => {
  const collator = new Intl.Collator('und', { sensitivity: 'base' });
  const ordered = [...NAMES].sort(compareNames);
  for (const [at, name] of ordered.slice(1).entries())
    expect(collator.compare(ordered[at] ?? '', name)).toBeLessThanOrEqual(0);
});

/** Assigned code points but those for private use and the ideographs beyond the BMP, which nothing folds. */
function codePoints(below: number): number[] {
  const every = Array.from({ length: below - 1 }, (_, at) => at + 1);
  return every.filter((code) => /(?!\p{Co}|\p{Cs})\p{Assigned}/u.test(String.fromCodePoint(code)));
}

type Difference = Record<'code' | 'plant' | 'vault', string>;

/** Characters that the databases fold otherwise than we do, alone or between others. */
async function differences(client: Client): Promise<Difference[]> {
  const known = await client.query(`SELECT to_regproc('pg_catalog.unicode_assigned') AS known`);
  // PostgreSQL 15 and 16 do not say which characters they know.
  const [below, isKnown] = known.rows[0].known
    ? [0x20000, 'unicode_assigned(chr(code))']
    : [0x530, 'true'];
  const codes = codePoints(below);
  const alone = codes.map((code) => foldName(String.fromCodePoint(code)));
  const among = codes.map((code) => foldName(` A${String.fromCodePoint(code)}  é`));
  const { rows } = await client.query<Difference>(
    `SELECT to_hex(code) AS code, plant.fold_name(chr(code)) AS plant, vault.fold_name(chr(code)) AS vault
       FROM unnest($1::int[], $2::text[], $3::text[]) AS u (code, alone, among)
      WHERE ${isKnown} AND (plant.fold_name(chr(code)) <> alone OR vault.fold_name(chr(code)) <> alone
            OR plant.fold_name(' A' || chr(code) || '  é') <> among)`,
    [codes, alone, among],
  );
  return rows;
}

test('the databases fold each character as we do, and one that does not is found', async () => {
  await using database = await openTestDatabase();
  const client = await database.connect();
  expect(await differences(client)).toEqual([]);
  await client.query(`CREATE OR REPLACE FUNCTION vault.fold_name(name TEXT) RETURNS TEXT
    LANGUAGE sql IMMUTABLE AS $$ SELECT plant.fold_name(name) || left('!', (name = 'ő')::int) $$`);
  expect(await differences(client)).toEqual([{ code: '151', plant: 'o', vault: 'o!' }]);
  await client.end();
});

test('the databases order as we do', async () => {
  await using database = await openTestDatabase();
  const client = await database.connect();
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) AS u (name) ORDER BY plant.fold_name(name COLLATE "C"), name COLLATE "C"`,
    [NAMES],
  );
  await client.end();
  expect(rows.map(({ name }) => name)).toEqual([...NAMES].sort(compareNames));
});

test.runIf(process.versions.unicode === UNICODE)(
  'the migrations of both planes make the function of these tables',
  async () => {
    const sql = foldSql();
    for (const plane of ['plant', 'vault']) expect(await migrationsOf(plane)).toContain(sql);
  },
);

async function migrationsOf(plane: string): Promise<string> {
  const folder = `prisma/${plane}/migrations`;
  const names = await migrationNames(folder);
  return (await Promise.all(names.map((name) => migrationSql(folder, name)))).join('\n');
}
