import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { z } from 'zod';
import { dropWithin } from '#engine/postgres/side-schema.ts';
import { FiberkeepError } from '#errors';
import type { JobRun } from '#jobs/kinds.ts';
import { titleMeaning } from '#plant/exchange/column-words.ts';
import { exchangeKinds } from '#plant/exchange/columns.ts';
import {
  type FileShape,
  type Matching,
  suggestKindColumn,
  suggestMatching,
  withTold,
} from '#plant/exchange/matching.ts';
import type { Feature } from '#plant/exchange/read/feature.ts';
import { readFeatures } from '#plant/exchange/read/read-features.ts';
import { plantEpoch } from '#vault/plant-state.ts';
import { whileRoom } from '../disk-room.ts';
import type { Server } from '../server.ts';
import { withLocalFile } from './import-files.ts';
import {
  claimSchema,
  findHabit,
  findImportRow,
  type Import,
  keepHabit,
  markRead,
  shapeOf,
} from './import-rows.ts';
import { matchRows } from './match-rows.ts';
import { placesOfNow } from './places-rows.ts';
import { readRows } from './read-rows.ts';
import { eachFeature, findGroups, loadFeatures, loadRows, MOST_GROUPS } from './scratch-rows.ts';
import { ShapeNotes } from './shape-notes.ts';

export const readInput = z.strictObject({
  importId: z.uuid(),
  fileName: z.string(),
  /** What the person said from the start. */
  kind: z.enum(exchangeKinds).nullable(),
  project: z.string().nullable(),
  /** Null: as the server suggests. It was checked when it was asked for. */
  matching: z.custom<Matching>().nullable(),
});
export type ReadInput = z.infer<typeof readInput>;

const DROP_TIMEOUT_MS = 10_000;

/** The job: reads the file into a scratch schema, where it was not read yet, and finds what each row is. */
export async function runReadImport(server: Server, run: JobRun<ReadInput>): Promise<void> {
  const found = await findImportRow(server.vault, run.input.importId);
  if (found?.status !== 'READING') throw new FiberkeepError('CANCELLED');
  await whileRoom(server.room, run.signal, (signal) => read(server, { ...run, signal }, found));
}

async function read(server: Server, run: JobRun<ReadInput>, found: Import): Promise<void> {
  const known = shapeOf(found);
  const client = await server.connect();
  const stop = () => void client.end().catch(() => {});
  run.signal.addEventListener('abort', stop, { once: true });
  try {
    const schema = known && found.scratchSchema ? found.scratchSchema : await claim(server, run);
    const notes = known
      ? null
      : await withLocalFile(server, found.id, (file) => load(run, client, schema, file));
    const { shape, matching } = await matchingOf(server, client, schema, run.input, known ?? notes);
    run.report('matching', 0, 0, 'rows');
    const epoch = await plantEpoch(server.vault);
    await loadRows(client, schema, readRows(eachFeature(server.pool, schema), matching));
    const counts = await matchRows(client, schema);
    await run.commit({ importId: found.id }, async (tx) => {
      if (!(await markRead(tx, found.id, { shape, matching, counts, epoch })))
        throw new FiberkeepError('CANCELLED');
      if (run.input.matching) await keepHabit(tx, shape, matching);
    });
    await server.uploads.remove(found.id);
  } catch (thrown) {
    if (!known) await dropUnlessReady(server, found.id);
    run.signal.throwIfAborted();
    throw thrown;
  } finally {
    run.signal.removeEventListener('abort', stop);
    await client.end().catch(() => {});
  }
}

/** A new schema for each attempt, so that a worker that was thought dead cannot write into it. */
async function claim(server: Server, { job, input }: JobRun<ReadInput>): Promise<string> {
  const schema = `import_${randomBytes(8).toString('hex')}`;
  if (await claimSchema(server.vault, input.importId, job, schema)) return schema;
  throw new FiberkeepError('LEASE_LOST');
}

async function load(
  { input, report, signal }: JobRun<ReadInput>,
  client: Client,
  schema: string,
  file: string,
): Promise<ShapeNotes> {
  const notes = new ShapeNotes();
  async function* noted(): AsyncIterable<Feature> {
    for await (const feature of readFeatures(file, input.fileName)) {
      signal.throwIfAborted();
      notes.add(feature);
      if (notes.count % 1_000 === 0) report('readingImport', notes.count, 0, 'rows');
      yield feature;
    }
  }
  await loadFeatures(client, schema, noted());
  return notes;
}

async function matchingOf(
  server: Server,
  client: Client,
  schema: string,
  { matching, kind, project, fileName }: ReadInput,
  known: FileShape | ShapeNotes | null,
): Promise<{ shape: FileShape; matching: Matching }> {
  const { columns, middle } = known ?? { columns: [], middle: null };
  const kindColumn = matching ? matching.kindColumn : suggestKindColumn(columns);
  const nameColumn = columns.find(({ name }) => titleMeaning(name) === 'name')?.name ?? null;
  const groups = await findGroups(client, schema, { kindColumn, nameColumn });
  if (groups.length > MOST_GROUPS)
    throw new FiberkeepError('FILE_REFUSED', {
      reason: 'fileTooManyGroups',
      params: { max: MOST_GROUPS },
    });
  const shape = { columns, middle, groups };
  if (matching) return { shape, matching };
  const kept = await findHabit(server.vault, shape);
  const near = await placesOfNow(server.pool);
  const suggested = kept ?? suggestMatching(shape, kindColumn, fileName, near);
  return { shape, matching: withTold(suggested, { kind, project }) };
}

/** Drops the scratch schema unless the row says that it is ready: the connection may have been lost during the commit. */
async function dropUnlessReady(server: Server, id: string): Promise<void> {
  try {
    const found = await findImportRow(server.vault, id);
    if (!found?.scratchSchema || found.status === 'READY') return;
    await dropWithin(server.connect, found.scratchSchema, DROP_TIMEOUT_MS);
  } catch {}
}
