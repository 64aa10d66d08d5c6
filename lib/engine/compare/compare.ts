import { type Client, escapeIdentifier } from 'pg';
import { type Crew, openCrew } from '../postgres/crew.ts';
import { loadSettings } from '../postgres/load.ts';
import { dropWithin } from '../postgres/side-schema.ts';
import type { ComparedTable, CompareRequest } from './compare-request.ts';
import { tableDifference } from './difference.ts';
import { settleTable } from './equal-rows.ts';
import { type Loading, loadDifference } from './load-difference.ts';
import { isStaged, type LoadedTable, loadStagedTables } from './load-staged.ts';
import { createSides, sides, type TablePair, tablePairs } from './scratch.ts';
import { dropStagedSides, type StagedSides, stageOlderSides } from './staged-sides.ts';

/** Connections that load and settle side by side: one for each side of a table. */
const LOADERS = 2;
const DROP_TIMEOUT_MS = 10_000;

export type { ComparedTable, CompareRequest };

/**
 * Compares two backups: puts the rows in which they differ into a scratch schema, those of `before` and those of
 * `after` apart. Cost follows the difference; of a backup with an older structure, all of it is staged first. Throws
 * STRUCTURE_NEWER and STRUCTURE_DIFFERENT before anything is built, and what a stage throws. Whatever it throws, the
 * schema is gone, or left for housekeeping where the database is gone too.
 */
export async function compareBackups(request: CompareRequest): Promise<ComparedTable[]> {
  const { schema, signal, report } = request;
  const staged = await stageOlderSides(request);
  try {
    report('comparing', 0, 0, 'steps');
    await using crew = await openCrew(request.connect, LOADERS, loadSettings(schema));
    signal.throwIfAborted();
    await crew.lead.query(`CREATE SCHEMA ${escapeIdentifier(schema)}`);
    const loaded = await loadTables(crew, request, staged);
    const compared = await settleTables(crew, loaded, request);
    report('describing', 0, 0, 'steps');
    await addDescription(crew, compared, request);
    return compared;
  } catch (cause) {
    // Housekeeping drops what cannot be dropped now: no compare claims it.
    await dropWithin(request.connect, schema, DROP_TIMEOUT_MS).catch(() => {});
    throw cause;
  } finally {
    await dropStagedSides(
      request,
      sides.filter((side) => staged[side]),
    );
  }
}

/** One table after the other, so that memory is bounded by one pair of ropes; both sides of it at once. */
async function loadTables(
  crew: Crew,
  request: CompareRequest,
  staged: StagedSides,
): Promise<LoadedTable[]> {
  const { before, after, store, keys, schema, signal } = request;
  let done = 0;
  const loading: Loading = {
    store,
    keys,
    schema,
    signal,
    onBytes: (bytes) => {
      done += bytes;
      request.report('comparing', done, 0, 'bytes');
    },
  };
  if (isStaged(staged)) return loadStagedTables(crew, request, loading, staged);
  const loaded: LoadedTable[] = [];
  for (const pair of tablePairs(before, after)) {
    signal.throwIfAborted();
    const found = await loadPair(crew, request, loading, pair);
    if (found) loaded.push(found);
  }
  return loaded;
}

async function loadPair(
  crew: Crew,
  { store, keys, plant, schema }: CompareRequest,
  loading: Loading,
  pair: TablePair,
): Promise<LoadedTable | null> {
  const difference = await tableDifference(store, keys, pair.before, pair.after);
  if (difference === 'NONE') return null;
  const table = await createSides(crew.lead, { plant, schema }, pair);
  await loadDifference(crew, loading, { pair, table, difference });
  return { table, bytes: (pair.before?.bytes ?? 0) + (pair.after?.bytes ?? 0) };
}

async function settleTables(
  crew: Crew,
  loaded: readonly LoadedTable[],
  { schema, report, signal }: CompareRequest,
): Promise<ComparedTable[]> {
  const compared: ComparedTable[] = [];
  let done = 0;
  report('settling', 0, loaded.length, 'steps');
  const tasks = loaded.map(({ table, bytes }) => ({
    weight: bytes,
    async run(client: Client) {
      compared.push({ ...table, counts: await settleTable(client, schema, table) });
      report('settling', ++done, loaded.length, 'steps');
      return [];
    },
  }));
  await crew.run(tasks, signal);
  return compared.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** As a task, so that an abort cancels its statements. */
function addDescription(
  crew: Crew,
  compared: readonly ComparedTable[],
  request: CompareRequest,
): Promise<void> {
  const run = async (client: Client) => {
    await request.describe(client, compared);
    return [];
  };
  return crew.run([{ weight: 1, run }], request.signal);
}
