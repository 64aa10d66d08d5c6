import { type Client, escapeIdentifier } from 'pg';
import { FiberkeepError } from '#errors';
import type { Connect, Manifest, Report, StructureVersion } from '../ports.ts';
import { type Crew, openCrew } from '../postgres/crew.ts';
import { loadSettings } from '../postgres/load.ts';
import { dropWithin } from '../postgres/side-schema.ts';
import { commonMigrations, sameStructure } from '../restore/structure.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import { tableDifference } from './difference.ts';
import { settleTable, type TableCounts } from './equal-rows.ts';
import { type Loading, loadDifference } from './load-difference.ts';
import { createSides, type ScratchTable, type TablePair, tablePairs } from './scratch.ts';

/** Connections that load and settle side by side: one for each side of a table. */
const LOADERS = 2;
const DROP_TIMEOUT_MS = 10_000;

export interface CompareRequest {
  readonly connect: Connect;
  /** A new name: `compare_<hex>`. */
  readonly schema: string;
  /** The live schema, whose types the rows get. */
  readonly plant: string;
  readonly before: Manifest;
  readonly after: Manifest;
  readonly store: ObjectStore;
  readonly keys: ServerKeys;
  /** This server's. */
  readonly structure: StructureVersion;
  /** Writes more into the schema once the rows are there, on a connection that has it as its search path. */
  describe(client: Client, tables: readonly ComparedTable[]): Promise<void>;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** A table that differs. */
export interface ComparedTable extends ScratchTable {
  readonly counts: TableCounts;
}

/**
 * Compares two backups: puts the rows in which they differ into a scratch schema, those of `before` and those of
 * `after` apart. Cost follows the difference. Throws STRUCTURE_NEWER and STRUCTURE_DIFFERENT before anything is
 * built. Whatever it throws, the schema is gone, or left for housekeeping where the database is gone too.
 */
export async function compareBackups(request: CompareRequest): Promise<ComparedTable[]> {
  const { before, after, schema, signal, report } = request;
  for (const { structure } of [before, after]) requireToday(structure, request.structure);
  try {
    report('comparing', 0, 0, 'steps');
    await using crew = await openCrew(request.connect, LOADERS, loadSettings(schema));
    signal.throwIfAborted();
    await crew.lead.query(`CREATE SCHEMA ${escapeIdentifier(schema)}`);
    const loaded = await loadTables(crew, request);
    const compared = await settleTables(crew, loaded, request);
    report('describing', 0, 0, 'steps');
    await addDescription(crew, compared, request);
    return compared;
  } catch (cause) {
    // Housekeeping drops what cannot be dropped now: no compare claims it.
    await dropWithin(request.connect, schema, DROP_TIMEOUT_MS).catch(() => {});
    throw cause;
  }
}

function requireToday(structure: StructureVersion, ours: StructureVersion): void {
  commonMigrations(structure, ours);
  if (!sameStructure(structure, ours)) throw new FiberkeepError('STRUCTURE_DIFFERENT');
}

interface LoadedTable {
  readonly pair: TablePair;
  readonly table: ScratchTable;
}

/** One table after the other, so that memory is bounded by one pair of ropes; both sides of it at once. */
async function loadTables(crew: Crew, request: CompareRequest): Promise<LoadedTable[]> {
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
  return { pair, table };
}

async function settleTables(
  crew: Crew,
  loaded: readonly LoadedTable[],
  { schema, report, signal }: CompareRequest,
): Promise<ComparedTable[]> {
  const compared: ComparedTable[] = [];
  let done = 0;
  report('settling', 0, loaded.length, 'steps');
  const tasks = loaded.map(({ pair, table }) => ({
    weight: (pair.before?.bytes ?? 0) + (pair.after?.bytes ?? 0),
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
