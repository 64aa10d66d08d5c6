import { createHash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Connect, FileContents, Report } from '#engine/ports.ts';
import { FiberkeepError } from '#errors';
import { foldName } from '#text';
import { FILE_LOCK } from '../file-rows.ts';
import { sampleIds } from './ids.ts';
import { drawScene, shotOf } from './photo.ts';
import { type SamplePlan, type SampleSize, samplePlans, streetCount, streetOf } from './streets.ts';
import {
  postFileTable,
  type SampleSource,
  type SampleTable,
  sampleTables,
  type Value,
} from './tables.ts';
import { tags } from './words.ts';

export type { SampleSize };

/** Runs a `COPY … FROM STDIN` with pieces of bytes. Answers the rows that PostgreSQL counted. */
export type CopyIn = (
  client: Client,
  statement: string,
  source: AsyncIterable<Uint8Array>,
) => Promise<number>;

/** Runs `work` in a transaction, committed when it answers and rolled back when it throws. */
export type InTransaction = <T>(client: Client, work: () => Promise<T>) => Promise<T>;

export interface SampleRequest {
  readonly connect: Connect;
  readonly copyIn: CopyIn;
  readonly inTransaction: InTransaction;
  /** The plant's schema. */
  readonly schema: string;
  readonly files: Pick<FileContents, 'write'>;
  readonly size: SampleSize;
  /** The account that the rows name as their author; null: none. */
  readonly createdById: string | null;
  readonly report: Report;
  readonly signal: AbortSignal;
}

export interface LoadedSample {
  readonly rows: number;
  readonly files: number;
}

/**
 * Fills an empty plant with the network of a made-up provider: the same rows and photos every time. One
 * transaction holds all rows, and photos are stored before it commits. Memory does not grow with the size.
 * Throws CONFLICT where the plant has an element, and the reason of `signal` when it aborts.
 */
export async function generateSample(request: SampleRequest): Promise<LoadedSample> {
  const client = await request.connect();
  try {
    return await request.inTransaction(client, async () => {
      await takeEmptyPlant(client, request.schema);
      return loadSample(client, request);
    });
  } finally {
    await client.end();
  }
}

/** The id of a project that every sample of this size has, and nothing else. */
export function sampleMark(size: SampleSize): string {
  return sampleIds(samplePlans[size]).id('project', 0, 0);
}

const elementTables = ['project', 'pole', 'box', 'cable', 'client'];

/** The locks keep out a second sample and everybody else's first element. */
async function takeEmptyPlant(client: Client, schema: string): Promise<void> {
  const names = elementTables.map((table) => `${client.escapeIdentifier(schema)}.${table}`);
  await client.query(`LOCK TABLE ${names.join(', ')} IN SHARE ROW EXCLUSIVE MODE`);
  for (const name of names) {
    const found = await client.query(`SELECT FROM ${name} LIMIT 1`);
    if (found.rowCount) throw new FiberkeepError('CONFLICT', { reason: 'networkNotEmpty' });
  }
  await client.query('SELECT pg_advisory_xact_lock_shared($1)', [FILE_LOCK]);
}

/** Draws the photos while the database takes the rows. */
async function loadSample(client: Client, request: SampleRequest): Promise<LoadedSample> {
  const plan = samplePlans[request.size];
  const ids = sampleIds(plan);
  const tagIds = await insertTags(client, request, (at) => ids.id('tag', 0, at));
  const source = { plan, ids, tagIds, createdById: request.createdById };
  const failed = new AbortController();
  const signal = AbortSignal.any([request.signal, failed.signal]);
  const advance = progressOf(plan, request.report);
  const photos = storePhotos(plan, { ...request, signal }, advance);
  // Awaited below. Until then this keeps a failure from counting as unhandled.
  photos.catch(() => {});
  try {
    let rows = tagIds.length;
    for (const table of sampleTables)
      rows += await copyTable(client, request, source, table, advance);
    const files = await photos;
    rows += await insertStoredFiles(client, request.schema, files, ids.time('tag', 0, 0));
    const sha256s = files.map((file) => file.sha256);
    rows += await copyTable(client, request, source, postFileTable(sha256s), advance);
    await analyze(client, request.schema);
    return { rows, files: files.length };
  } catch (cause) {
    failed.abort();
    throw cause;
  }
}

type Advance = (steps: number) => void;

/** Drawing a scene takes about as long as this many streets of one table. */
const STEPS_PER_SCENE = 100;

/** One progress count over photos and tables, which run at the same time. */
function progressOf(plan: SamplePlan, report: Report): Advance {
  const total = streetCount(plan) * (sampleTables.length + 1) + plan.scenes * STEPS_PER_SCENE;
  let done = 0;
  return (steps) => {
    done += steps;
    report('network', done, total, 'steps');
  };
}

/** Uses tags that have one of the names already, whatever its case and accents, as they are. */
async function insertTags(
  client: Client,
  { schema, createdById }: SampleRequest,
  idOf: (at: number) => string,
): Promise<string[]> {
  const side = client.escapeIdentifier(schema);
  const names = tags.map(([name]) => name);
  await client.query(
    `INSERT INTO ${side}.tag (id, name, color, created_at, created_by, updated_at, updated_by)
      SELECT id, name, color, $4, $5, $4, $5
      FROM unnest($1::uuid[], $2::text[], $3::text[]) AS t (id, name, color)
      ON CONFLICT DO NOTHING`,
    [
      tags.map((_, at) => idOf(at)),
      names,
      tags.map(([, color]) => color),
      '2023-01-09T11:00:00Z',
      createdById,
    ],
  );
  const found = await client.query<{ id: string }>(
    `SELECT t.id FROM unnest($1::text[]) WITH ORDINALITY AS n (folded, at)
       JOIN ${side}.tag t ON ${side}.fold_name(t.name COLLATE "C") = n.folded ORDER BY n.at`,
    [names.map(foldName)],
  );
  return found.rows.map((row) => row.id);
}

const PIECE_CHARS = 256 * 1024;

async function copyTable(
  client: Client,
  { schema, copyIn, signal }: SampleRequest,
  source: SampleSource,
  table: SampleTable,
  advance: Advance,
): Promise<number> {
  const streets = streetCount(source.plan);
  const columns = table.columns.map((column) => client.escapeIdentifier(column)).join(', ');
  const name = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(table.name)}`;
  async function* pieces() {
    let text = '';
    let written = 0;
    for (let street = 0; street < streets; street++) {
      for (const row of table.rows(source, streetOf(source.plan, street))) text += copyLine(row);
      if (text.length < PIECE_CHARS && street < streets - 1) continue;
      signal.throwIfAborted();
      yield Buffer.from(text);
      text = '';
      advance(street + 1 - written);
      written = street + 1;
    }
  }
  return copyIn(client, `COPY ${name} (${columns}) FROM STDIN`, pieces());
}

/** One row in COPY's text format. */
function copyLine(values: readonly Value[]): string {
  return `${values.map(copyValue).join('\t')}\n`;
}

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function copyValue(value: Value): string {
  if (value === null) return '\\N';
  if (typeof value === 'number') return String(value);
  return value.replaceAll(/[\\\t\n\r]/g, (char) => escapes[char] ?? char);
}

interface StoredPhoto {
  readonly sha256: string;
  readonly bytes: number;
}

async function storePhotos(
  plan: SamplePlan,
  { files, signal }: SampleRequest,
  advance: Advance,
): Promise<StoredPhoto[]> {
  const stored: StoredPhoto[] = [];
  for (let scene = 0; scene < plan.scenes; scene++) {
    signal.throwIfAborted();
    const drawn = drawScene(scene);
    for (let shot = 0; shot < plan.shotsPerScene; shot++) {
      const photo = shotOf(drawn, shot);
      const sha256 = createHash('sha256').update(photo).digest('hex');
      await files.write(sha256, once(photo));
      stored.push({ sha256, bytes: photo.length });
    }
    advance(STEPS_PER_SCENE);
    // Drawing blocks the thread, so this lets the rows go on to the database.
    await breathe();
  }
  return stored;
}

async function* once(bytes: Uint8Array) {
  yield bytes;
}

async function insertStoredFiles(
  client: Client,
  schema: string,
  files: readonly StoredPhoto[],
  time: string,
): Promise<number> {
  const inserted = await client.query(
    `INSERT INTO ${client.escapeIdentifier(schema)}.stored_file (sha256, bytes, created_at)
      SELECT sha256, bytes, $3 FROM unnest($1::text[], $2::bigint[]) AS f (sha256, bytes)
      ON CONFLICT (sha256) DO NOTHING`,
    [files.map((file) => file.sha256), files.map((file) => file.bytes), time],
  );
  return inserted.rowCount ?? 0;
}

/** Totals of lists and the choice of indexes need statistics, before autovacuum makes them. */
async function analyze(client: Client, schema: string): Promise<void> {
  for (const { name } of [...sampleTables, { name: 'stored_file' }, { name: 'post_file' }])
    await client.query(
      `ANALYZE ${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`,
    );
}
