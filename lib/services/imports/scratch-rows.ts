import { type Client, type ClientBase, escapeIdentifier } from 'pg';
import { copyIn } from '#engine/postgres/copy-in.ts';
import type { FileGroup, ShapeKind } from '#plant/exchange/matching.ts';
import { type Feature, GROUP_SEPARATOR } from '#plant/exchange/read/feature.ts';
import type { ImportRow, KeptFeature } from './read-rows.ts';

const BATCH = 2_000;
const MOST_SAMPLES = 5;
/** Of names of groups: the groups are shown one by one. */
export const MOST_GROUPS = 500;

const table = (schema: string, name: string) =>
  `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;

/** Makes the scratch schema with what the file tells of. Answers how many features that is. */
export async function loadFeatures(
  client: Client,
  schema: string,
  features: AsyncIterable<Feature>,
): Promise<number> {
  await client.query(`CREATE SCHEMA ${escapeIdentifier(schema)};
    CREATE UNLOGGED TABLE ${table(schema, 'feature')}
      (n int PRIMARY KEY, place int NOT NULL, grp text NOT NULL, vals jsonb NOT NULL, shape jsonb)`);
  const lines = featureLines(features);
  return copyIn(client, `COPY ${table(schema, 'feature')} FROM STDIN`, lines);
}

const PIECE_CHARACTERS = 256 * 1024;

async function* featureLines(features: AsyncIterable<Feature>): AsyncIterable<Uint8Array> {
  let n = 0;
  let piece = '';
  for await (const { group, place, values, shape } of features) {
    n += 1;
    piece += line([n, place, group, JSON.stringify(values), shape && JSON.stringify(shape)]);
    if (piece.length < PIECE_CHARACTERS) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  yield Buffer.from(piece);
}

/** A line of COPY's text format (PostgreSQL's manual, "COPY", File Formats). */
function line(cells: readonly (string | number | null)[]): string {
  return `${cells.map((cell) => (cell === null ? '\\N' : escaped(String(cell)))).join('\t')}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
};

function escaped(text: string): string {
  return text.replaceAll(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? character);
}

/** All features in their order, some at a time. */
export async function* eachFeature(
  db: Pick<ClientBase, 'query'>,
  schema: string,
): AsyncIterable<KeptFeature> {
  for (let last = 0; ; ) {
    const { rows } = await db.query<KeptFeature>(
      `SELECT n, place, grp AS group, vals AS values, shape FROM ${table(schema, 'feature')}
        WHERE n > $1 ORDER BY n LIMIT ${BATCH}`,
      [last],
    );
    yield* rows;
    if (rows.length < BATCH) return;
    last = rows.at(-1)?.n ?? last;
  }
}

/** The groups of the features, in the order of the file; more than `MOST_GROUPS` are cut. */
export async function findGroups(
  db: Pick<ClientBase, 'query'>,
  schema: string,
  { kindColumn, nameColumn }: { kindColumn: string | null; nameColumn: string | null },
): Promise<FileGroup[]> {
  const { rows } = await db.query<FileGroup & { shape: ShapeKind }>(
    `SELECT name, shape, count(*)::int AS count,
            (array_agg(label ORDER BY n) FILTER (WHERE nth <= ${MOST_SAMPLES} AND label <> '')) AS samples
       FROM (SELECT *, row_number() OVER (PARTITION BY name, shape ORDER BY n) AS nth FROM (
         SELECT n, concat_ws('${GROUP_SEPARATOR}', nullif(grp, ''), nullif(coalesce(vals ->> $1, ''), '')) AS name,
                coalesce(shape ->> 'kind', 'NONE') AS shape, left(coalesce(vals ->> $2, ''), 200) AS label
           FROM ${table(schema, 'feature')}) f) g
      GROUP BY name, shape ORDER BY min(n) LIMIT ${MOST_GROUPS + 1}`,
    [kindColumn ?? '', nameColumn ?? ''],
  );
  return rows.map((group) => ({ ...group, samples: group.samples ?? [] }));
}

/** Makes the table of rows, in place of an earlier one. */
export async function loadRows(
  client: Client,
  schema: string,
  rows: AsyncIterable<ImportRow>,
): Promise<void> {
  await client.query(`DROP TABLE IF EXISTS ${table(schema, 'row')}, ${table(schema, 'target')};
    CREATE UNLOGGED TABLE ${table(schema, 'row')} (
      n int, place int, kind text NOT NULL, name text NOT NULL, key text, id uuid NOT NULL, given_id text,
      external_id text, lat float8, lng float8, vals jsonb NOT NULL, fallback jsonb NOT NULL, refs jsonb NOT NULL,
      tags text[], faults jsonb NOT NULL, project uuid, found boolean NOT NULL DEFAULT false, state text,
      before jsonb, changes jsonb NOT NULL DEFAULT '{}', old_tags text[])`);
  await copyIn(
    client,
    `COPY ${table(schema, 'row')} (n, place, kind, name, id, given_id, external_id, lat, lng, vals, fallback, refs, tags, faults) FROM STDIN`,
    rowLines(rows),
  );
}

async function* rowLines(rows: AsyncIterable<ImportRow>): AsyncIterable<Uint8Array> {
  let piece = '';
  for await (const row of rows) {
    const { n, place, kind, name, id, givenId, externalId, lat, lng } = row;
    const json = [row.values, row.fallback, row.references].map((part) => JSON.stringify(part));
    piece += line([
      ...[n, place, kind, name, id, givenId, externalId, lat, lng, ...json],
      row.tags && arrayText(row.tags),
      JSON.stringify(row.faults),
    ]);
    if (piece.length < PIECE_CHARACTERS) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  yield Buffer.from(piece);
}

function arrayText(texts: readonly string[]): string {
  const quoted = texts.map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`);
  return `{${quoted.join(',')}}`;
}
