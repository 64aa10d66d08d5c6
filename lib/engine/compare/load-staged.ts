import { type Client, escapeIdentifier } from 'pg';
import type { ManifestTable, TableShape } from '../ports.ts';
import type { Crew } from '../postgres/crew.ts';
import { qualified } from '../postgres/snapshot.ts';
import type { CompareRequest } from './compare-request.ts';
import { type Loading, loadDifference } from './load-difference.ts';
import { createSides, type ScratchTable, type Side, sides, sideTable } from './scratch.ts';
import type { StagedSides } from './staged-sides.ts';

export interface LoadedTable {
  readonly table: ScratchTable;
  /** Of COPY text on both sides, to tell large tables from small ones. */
  readonly bytes: number;
}

export function isStaged(staged: StagedSides): boolean {
  return sides.some((side) => staged[side]);
}

/**
 * Loads both sides whole where one of them is staged: ropes of another structure tell nothing. What a stage leaves out
 * is on neither side.
 */
export async function loadStagedTables(
  crew: Crew,
  request: CompareRequest,
  loading: Loading,
  staged: StagedSides,
): Promise<LoadedTable[]> {
  const loaded: LoadedTable[] = [];
  for (const name of tableNames(request, staged)) {
    request.signal.throwIfAborted();
    const shape = (side: Side): TableShape | null => {
      const tables = staged[side]?.tables ?? request[side].tables;
      return tables.find((table) => table.name === name) ?? null;
    };
    const place = { plant: request.plant, schema: request.schema };
    const pair = { name, before: shape('before'), after: shape('after') };
    const table = await createSides(crew.lead, place, pair);
    await copyStaged(crew, request, table, staged);
    const unstaged = (side: Side) => (staged[side] ? null : tableOf(request, side, name));
    const rest = { name, before: unstaged('before'), after: unstaged('after') };
    await loadDifference(crew, loading, { pair: rest, table, difference: 'WHOLE' });
    loaded.push({ table, bytes: bytesOf(request, name) });
  }
  return loaded;
}

function tableNames({ before, after }: CompareRequest, staged: StagedSides): string[] {
  const names = new Set([
    ...(staged.before?.tables ?? before.tables).map(({ name }) => name),
    ...(staged.after?.tables ?? after.tables).map(({ name }) => name),
  ]);
  return [...names].filter((name) => !sides.some((side) => staged[side]?.leftOut.has(name))).sort();
}

function tableOf(request: CompareRequest, side: Side, name: string): ManifestTable | null {
  return request[side].tables.find((table) => table.name === name) ?? null;
}

function bytesOf(request: CompareRequest, name: string): number {
  return sides.reduce((sum, side) => sum + (tableOf(request, side, name)?.bytes ?? 0), 0);
}

async function copyStaged(
  crew: Crew,
  { schema, signal }: CompareRequest,
  { name, columns }: ScratchTable,
  staged: StagedSides,
): Promise<void> {
  const list = columns.map(escapeIdentifier).join(', ');
  const tasks = sides.flatMap((side) => {
    const from = staged[side];
    if (!from?.tables.some((table) => table.name === name)) return [];
    const into = `${qualified(schema, sideTable(side, name))}${list && ` (${list})`}`;
    const sql = `INSERT INTO ${into} SELECT ${list} FROM ${qualified(from.schema, name)}`;
    const run = async (client: Client) => {
      await client.query(sql);
      return [];
    };
    return [{ weight: 1, run }];
  });
  await crew.run(tasks, signal);
}
