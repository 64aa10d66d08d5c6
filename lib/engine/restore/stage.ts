import { type Client, escapeIdentifier } from 'pg';
import { FiberkeepError } from '#errors';
import { readTable } from '../backup/read.ts';
import type { Connect, Manifest, ManifestTable, Report, StructureVersion } from '../ports.ts';
import {
  byTable,
  dropStatements,
  indexStatements,
  isForeignKey,
  keyStatements,
  referenceStatement,
  triggerStatements,
  validateStatement,
} from '../postgres/constraints.ts';
import { type Crew, openCrew, type Task } from '../postgres/crew.ts';
import { listRules, listTables, type Rules } from '../postgres/introspect.ts';
import { loadSettings, loadTable } from '../postgres/load.ts';
import { dropWithin } from '../postgres/side-schema.ts';
import type { ServerKeys } from '../sealing/keys.ts';
import type { ObjectStore } from '../store/port.ts';
import { LoadedSizes, writeStageMap } from './stage-map.ts';
import { commonMigrations, findNotRestorable, namesOf } from './structure.ts';

const LOADERS = 2;
const DROP_TIMEOUT_MS = 10_000;
/** Smaller tables take longer to hand around than to index. */
const SMALL_BYTES = 1024 * 1024;

export interface StageRequest {
  readonly connect: Connect;
  /** A new name: `plant_stage_<hex>`. */
  readonly schema: string;
  readonly manifest: Manifest;
  readonly store: ObjectStore;
  readonly keys: ServerKeys;
  /** This server's, to which the stage is brought forward. */
  readonly structure: StructureVersion;
  /** Makes `schema` by our migrations, up to and including `through`, or all of them. */
  migrate(schema: string, through?: string): Promise<void>;
  readonly loaders?: number;
  /** Names the row map of the stage, which is written with it; without it none is. */
  readonly mapAttempt?: bigint;
  readonly report: Report;
  readonly signal: AbortSignal;
}

export interface StagedBackup {
  /** As they are in the stage, brought forward. */
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
  /** Those that the backup did not have. */
  readonly migrationsRun: readonly string[];
  /** The object of the row map; null where none was asked for, or where migrations changed rows since. */
  readonly rowMapObject: string | null;
}

/**
 * Loads a backup beside the plant: makes a schema by our migrations up to the backup's, loads the rows,
 * checks them against the manifest, and runs the migrations since. Leaves out what was made by hand. Throws STRUCTURE_NEWER and
 * STRUCTURE_DIFFERENT before anything is built. Whatever it throws, the schema is gone, or left for
 * housekeeping where the database is gone too.
 */
export async function stageBackup(request: StageRequest): Promise<StagedBackup> {
  const { manifest, structure, schema, signal, report } = request;
  const since = structure.slice(commonMigrations(manifest.structure, structure));
  try {
    report('structure', 0, 0, 'steps');
    await request.migrate(schema, manifest.structure.at(-1)?.name);
    await using crew = await openCrew(
      request.connect,
      request.loaders ?? LOADERS,
      loadSettings(schema),
    );
    signal.throwIfAborted();
    const tables = await tablesToLoad(crew.lead, request);
    const rules = await listRules(crew.lead, schema);
    await runAll(crew.lead, dropStatements(rules));
    const sizes = await loadTables(crew, rules, tables, request);
    await bringRulesBack(crew, rules, request);
    await bringForward(since.length, crew.lead, request);
    const { mapAttempt } = request;
    const isMapped = mapAttempt !== undefined && since.length === 0;
    return {
      rowMapObject: isMapped ? await writeStageMap({ ...request, mapAttempt }, sizes) : null,
      tables: await countRows(crew.lead, since.length > 0, tables, request),
      migrationsRun: since.map((migration) => migration.name),
    };
  } catch (cause) {
    // Housekeeping drops what cannot be dropped now: no restore claims it.
    await dropWithin(request.connect, schema, DROP_TIMEOUT_MS).catch(() => {});
    throw cause;
  }
}

/** A table of the backup that the migrations make, and its columns that they do not. */
interface TableToLoad extends ManifestTable {
  readonly byHand: readonly string[];
}

/**
 * The backup's tables without those made by hand. Throws STRUCTURE_DIFFERENT where the backup lacks a table or a
 * column that its migrations make.
 */
async function tablesToLoad(
  lead: Client,
  { manifest, schema }: StageRequest,
): Promise<TableToLoad[]> {
  const odd = findNotRestorable(manifest.tables, await listTables(lead, schema));
  const missing = odd.filter(({ reason }) => reason === 'MISSING');
  if (missing.length > 0)
    throw new FiberkeepError('STRUCTURE_DIFFERENT', {
      reason: 'tablesUnlikeMigrations',
      params: { tables: namesOf(missing) },
    });
  return manifest.tables.flatMap((table) => {
    const found = odd.find((one) => one.table === table.name);
    return found?.columns === null ? [] : [{ ...table, byHand: found?.columns ?? [] }];
  });
}

/** Loads the tables side by side, the largest first; indexes and analyzes each as soon as it is loaded. */
async function loadTables(
  crew: Crew,
  rules: Rules,
  tables: readonly TableToLoad[],
  request: StageRequest,
): Promise<ReadonlyMap<string, LoadedSizes>> {
  const sizes = new Map(tables.map(({ name }) => [name, new LoadedSizes()]));
  const total = tables.reduce((sum, table) => sum + table.bytes, 0);
  let done = 0;
  const onBytes = (bytes: number) => {
    done += bytes;
    request.report('loading', done, total, 'bytes');
  };
  await crew.run(
    tables.map((table) =>
      loadTask(table, rules, request, { onBytes, sizes: sizes.get(table.name) }),
    ),
    request.signal,
  );
  return sizes;
}

/** Who looks on while a table is loaded. */
interface Watchers {
  readonly onBytes: (bytes: number) => void;
  readonly sizes: LoadedSizes | undefined;
}

function loadTask(
  table: TableToLoad,
  rules: Rules,
  { store, keys, mapAttempt }: StageRequest,
  { onBytes, sizes }: Watchers,
): Task {
  const analyze = `ANALYZE ${escapeIdentifier(table.name)}`;
  const indexes = indexStatements(rules, table.name);
  return {
    weight: table.bytes,
    async run(client, signal) {
      await alterEach(client, table, (column) => `ADD COLUMN ${column} text`);
      const text = readTable(store, keys, table);
      const noted = sizes && mapAttempt !== undefined ? sizes.noted(text) : text;
      await loadTable(client, table, noted, onBytes, signal);
      await alterEach(client, table, (column) => `DROP COLUMN ${column}`);
      if (table.bytes >= SMALL_BYTES) return followedBy(indexes, analyze, table.bytes / 4);
      await runAll(client, [...indexes, analyze]);
      return [];
    },
  };
}

/** COPY text has all columns of a row or none: those made by hand are loaded as text, which takes any value. */
async function alterEach(
  client: Client,
  { name, byHand }: TableToLoad,
  action: (column: string) => string,
): Promise<void> {
  if (byHand.length === 0) return;
  const actions = byHand.map((column) => action(escapeIdentifier(column)));
  await client.query(`ALTER TABLE ${escapeIdentifier(name)} ${actions.join(', ')}`);
}

/** A task for each statement, in any order, and one for `last` when all are done. */
function followedBy(statements: readonly string[], last: string, weight: number): Task[] {
  const ending = task(last, weight);
  let left = statements.length;
  if (left === 0) return [ending];
  return statements.map((sql) => ({
    weight,
    async run(client) {
      await client.query(sql);
      return --left === 0 ? [ending] : [];
    },
  }));
}

/** In one round trip and one transaction. */
async function runAll(client: Client, statements: readonly string[]): Promise<void> {
  await client.query(statements.join(';\n'));
}

function task(sql: string, weight: number): Task {
  return {
    weight,
    async run(client) {
      await client.query(sql);
      return [];
    },
  };
}

/** Adds keys on the indexes just built, then foreign keys, and validates tables side by side. */
async function bringRulesBack(crew: Crew, rules: Rules, request: StageRequest): Promise<void> {
  const references = rules.constraints.filter(isForeignKey);
  request.signal.throwIfAborted();
  await runAll(crew.lead, [
    ...keyStatements(rules),
    ...references.map(referenceStatement),
    ...triggerStatements(rules),
  ]);
  const valid = references.filter((reference) => reference.validated);
  const progress = steps('checking', valid.length, request.report);
  const tasks = [...byTable(valid)].map(([table, ofTable]) => ({
    weight: bytesOf(request.manifest, table),
    async run(client: Client, signal: AbortSignal) {
      for (const reference of ofTable) {
        signal.throwIfAborted();
        await client.query(validateStatement(reference));
        progress();
      }
      return [];
    },
  }));
  await crew.run(tasks, request.signal);
  await assertSameRules(crew.lead, rules, request.schema);
}

function steps(phase: string, total: number, report: Report): () => void {
  let done = 0;
  report(phase, done, total, 'steps');
  return () => report(phase, ++done, total, 'steps');
}

function bytesOf(manifest: Manifest, table: string): number {
  return manifest.tables.find((one) => one.name === table)?.bytes ?? 0;
}

async function assertSameRules(lead: Client, before: Rules, schema: string): Promise<void> {
  const after = await listRules(lead, schema);
  if (JSON.stringify(after) === JSON.stringify(before)) return;
  throw new FiberkeepError('INTERNAL', { reason: 'rulesNotRestored' });
}

/** Newer migrations may have changed any table, so all of them are analyzed again. */
async function bringForward(
  migrations: number,
  lead: Client,
  request: StageRequest,
): Promise<void> {
  request.signal.throwIfAborted();
  if (migrations === 0) return;
  request.report('migrations', 0, migrations, 'steps');
  await request.migrate(request.schema);
  request.report('migrations', migrations, migrations, 'steps');
  request.signal.throwIfAborted();
  const tables = await listTables(lead, request.schema);
  await runAll(
    lead,
    tables.map(({ name }) => `ANALYZE ${escapeIdentifier(name)}`),
  );
}

/** Loaded rows were counted already; after migrations they are counted again. */
async function countRows(
  lead: Client,
  changed: boolean,
  loaded: readonly TableToLoad[],
  { schema }: StageRequest,
) {
  if (!changed) return loaded.map(({ name, rows }) => ({ name, rows }));
  const counts: { name: string; rows: number }[] = [];
  for (const { name } of await listTables(lead, schema)) {
    const { rows } = await lead.query(
      `SELECT count(*)::float8 AS rows FROM ${escapeIdentifier(name)}`,
    );
    counts.push({ name, rows: rows[0].rows });
  }
  return counts;
}
