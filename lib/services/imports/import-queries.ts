import { notFound } from '#errors';
import { type Page, pageOf, pageSize } from '../page.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { countsOf, findImportRow, type Import, type RowState, touchImport } from './import-rows.ts';
import { pageOfRows, type ShownRow } from './shown-rows.ts';

/** Null where there is none, or it was dropped: nobody had looked at it for a day. */
export async function findImport(
  { vault }: Server,
  _permit: Permit<'network.import'>,
  id: string,
): Promise<Import | null> {
  const found = await findImportRow(vault, id);
  if (found) await touchImport(vault, id);
  return found;
}

/** The rows, wrong ones first; null until they are read, and after they were applied. Throws VALIDATION_FAILED. */
export async function listImportRows(
  { pool }: Server,
  found: Import,
  {
    first,
    after,
    state,
  }: { first?: number | null; after?: string | null; state?: RowState | null },
): Promise<Page<ShownRow> | null> {
  if (found.status !== 'READY' || !found.scratchSchema) return null;
  const size = pageSize(first, 50);
  const rows = await pageOfRows(pool, found.scratchSchema, { take: size + 1, after, state });
  const total = countsOf(found)
    .filter((counted) => !state || counted.state === state)
    .reduce((sum, { count }) => sum + count, 0);
  return pageOf(rows, size, total);
}

/** Throws NOT_FOUND. */
export async function requireImport(
  server: Server,
  permit: Permit<'network.import'>,
  id: string,
): Promise<Import> {
  const found = await findImport(server, permit, id);
  if (!found) throw notFound('import');
  return found;
}
