import { escapeIdentifier, escapeLiteral } from 'pg';
import { validate as isUuid } from 'uuid';
import { listTables, type Table } from '#engine/postgres/introspect.ts';
import { notFound } from '#errors';
import { readPlant } from '../network/plant-write.ts';
import { newestFirst, olderThan, type Page, pageOf, pageSize } from '../page.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { type Restore, stagedStructure, stagedTables, undoableRestore } from './restore-rows.ts';

/** For services: throws NOT_FOUND. */
export async function getRestore(server: Server, id: string): Promise<Restore> {
  const restore = isUuid(id) ? await server.vault.restore.findUnique({ where: { id } }) : null;
  if (!restore) throw notFound('restore');
  return restore;
}

/** Null where there is none. */
export async function findRestore(
  server: Server,
  _permit: Permit<'backup.view'>,
  id: string,
): Promise<Restore | null> {
  return isUuid(id) ? server.vault.restore.findUnique({ where: { id } }) : null;
}

/** Newest first. Throws VALIDATION_FAILED. */
export async function listRestores(
  server: Server,
  _permit: Permit<'backup.view'>,
  request: { readonly first?: number | null; readonly after?: string | null },
): Promise<Page<Restore>> {
  const size = pageSize(request.first, 20);
  const [rows, totalCount] = await Promise.all([
    server.vault.restore.findMany({
      where: olderThan(request.after),
      orderBy: newestFirst,
      take: size + 1,
    }),
    server.vault.restore.count(),
  ]);
  return pageOf(rows, size, totalCount);
}

/** Which of these `undoRestore` would take now: the newest swap, its window not over. One query for them all. */
export async function whichCanUndo(
  server: Server,
  restores: readonly Pick<Restore, 'id'>[],
): Promise<boolean[]> {
  const newest = await undoableRestore(server.vault);
  return restores.map(({ id }) => id === newest);
}

/** Whether `undoRestore` would take this one now. */
export async function canUndo(server: Server, restore: Pick<Restore, 'id' | 'status'>) {
  if (restore.status !== 'APPLIED') return false;
  return (await undoableRestore(server.vault)) === restore.id;
}

/** The migrations that brought the stage to today's structure; none where the backup had them all. */
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

/** By table, what the stage holds and what the plant holds now; null until the stage is made. */
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

async function countPlant(server: Server): Promise<Map<string, bigint>> {
  return readPlant(server, async (db) => {
    const client = await server.pool.connect();
    let tables: Table[];
    try {
      tables = await listTables(client, 'plant');
    } finally {
      client.release();
    }
    if (tables.length === 0) return new Map();
    const one = ({ name }: Table) =>
      `SELECT ${escapeLiteral(name)} AS name, (SELECT count(*) FROM plant.${escapeIdentifier(name)}) AS rows`;
    const rows = await db.$queryRawUnsafe<{ name: string; rows: bigint }[]>(
      tables.map(one).join(' UNION ALL '),
    );
    return new Map(rows.map((row) => [row.name, row.rows]));
  });
}
