import { notFound } from '#errors';
import { type Page, pageOf, pageSize } from '../page.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { countPlant } from './plant-count-rows.ts';
import {
  findRestoreRow,
  pageOfRestores,
  type Restore,
  stagedStructure,
  stagedTables,
  undoableRestore,
} from './restore-rows.ts';

/** Throws NOT_FOUND. */
export async function getRestore(server: Server, id: string): Promise<Restore> {
  const restore = await findRestoreRow(server.vault, id);
  if (!restore) throw notFound('restore');
  return restore;
}

/** Null where there is none. */
export async function findRestore(
  server: Server,
  _permit: Permit<'backup.view'>,
  id: string,
): Promise<Restore | null> {
  return findRestoreRow(server.vault, id);
}

/** Newest first. Throws VALIDATION_FAILED. */
export async function listRestores(
  server: Server,
  _permit: Permit<'backup.view'>,
  request: { readonly first?: number | null; readonly after?: string | null },
): Promise<Page<Restore>> {
  const size = pageSize(request.first, 20);
  const { after } = request;
  const { restores, totalCount } = await pageOfRestores(server.vault, { take: size + 1, after });
  return pageOf(restores, size, totalCount);
}

/** Which of these restores can be undone now. One query for them all. */
export async function whichCanUndo(
  server: Server,
  restores: readonly Pick<Restore, 'id'>[],
): Promise<boolean[]> {
  const newest = await undoableRestore(server.vault);
  return restores.map(({ id }) => id === newest);
}

/** Whether this restore can be undone now. */
export async function canUndo(server: Server, restore: Pick<Restore, 'id' | 'status'>) {
  if (restore.status !== 'APPLIED') return false;
  return (await undoableRestore(server.vault)) === restore.id;
}

/** The migrations that brought the stage to today's structure. Empty where the backup had them all. */
export function migrationsRun(restore: Restore): string[] {
  return stagedStructure(restore)
    .filter((migration) => migration.run)
    .map((migration) => migration.name);
}

export interface TableComparison {
  readonly name: string;
  readonly rowsInBackup: bigint;
  readonly rowsNow: bigint;
}

/** The rows of each table in the stage and in the plant of now; null until the stage is made. */
export async function comparison(
  server: Server,
  restore: Restore,
): Promise<TableComparison[] | null> {
  if (!restore.tables) return null;
  const inBackup = new Map(stagedTables(restore).map(({ name, rows }) => [name, BigInt(rows)]));
  const now = await server.rowCounts.get(() => countPlant(server));
  const names = [...new Set([...inBackup.keys(), ...now.keys()])].sort();
  return names.map((name) => ({
    name,
    rowsInBackup: inBackup.get(name) ?? 0n,
    rowsNow: now.get(name) ?? 0n,
  }));
}
