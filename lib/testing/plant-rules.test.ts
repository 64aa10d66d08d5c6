import { describe, expect, test } from 'vitest';
import { openTestDatabase } from './database.ts';
import { brokenPlantRules, qualifiedNames } from './plant-rules.ts';

describe('the rules of the plant', () => {
  test.each([
    ["CREATE TYPE plant.colour AS ENUM ('red')", /^type colour is an enum/],
    ["CREATE DOMAIN plant.name AS text CHECK (value <> '')", /^type name is an enum or a domain/],
    ['CREATE TABLE plant.counted (n serial)', /^counted_n_seq is a sequence/],
    ['CREATE TABLE plant.counted (n int GENERATED ALWAYS AS IDENTITY)', /is a sequence/],
    [
      'CREATE TABLE plant.odd (id text PRIMARY KEY)',
      /^odd\.id is named as an id but is not a uuid/,
    ],
    [
      'CREATE TABLE plant.odd (pole_id bigint)',
      /^odd\.pole_id is named as an id but is not a uuid/,
    ],
    [
      `CREATE FUNCTION plant.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
       CREATE TABLE plant.odd (n int DEFAULT plant.one())`,
      /^odd\.n names its schema/,
    ],
    [
      `CREATE FUNCTION plant.two() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM plant.pole'`,
      /^function two names its schema/,
    ],
  ])('are broken by %s', async (sql, complaint) => {
    await using database = await openTestDatabase();
    const client = await database.connect();
    expect(await brokenPlantRules(client, 'plant')).toEqual([]);
    await client.query(sql);
    expect(await brokenPlantRules(client, 'plant')).toContainEqual(
      expect.stringMatching(complaint),
    );
    await client.end();
  });

  test.each([
    'ALTER TABLE plant.pole ADD COLUMN x int;',
    'CREATE INDEX i ON "plant"."pole" (name);',
    'SELECT count(*) FROM public . thing;',
  ])('refuse a migration that says %s', (sql) => {
    expect(qualifiedNames(sql)).toEqual([sql]);
  });

  test('let a migration name tables, columns of an alias and what a comment says', () => {
    expect(
      qualifiedNames(
        '-- from plant.pole\nUPDATE "pole" p SET name = p.name;\nALTER TABLE box ADD x int;',
      ),
    ).toEqual([]);
  });
});
