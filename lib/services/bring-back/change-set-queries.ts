import type { ItemCount } from '#engine/bring-back/bring-back.ts';
import { plantEpoch } from '#vault/plant-state.ts';
import { type Page, pageOf, pageSize } from '../page.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import {
  type ChangeSet,
  findChangeSetRow,
  newestUndoable,
  pageOfChangeSets,
} from './change-set-rows.ts';

export type RowCount = ItemCount;

/** What was done to how many rows; empty until it is applied. */
export function rowCounts({ counts }: Pick<ChangeSet, 'counts'>): readonly RowCount[] {
  return counts as unknown as RowCount[];
}

/** Null where there is none. */
export function findChangeSet(
  { vault }: Server,
  _permit: Permit<'backup.view'>,
  id: string,
): Promise<ChangeSet | null> {
  return findChangeSetRow(vault, id);
}

/** Those that were made, newest first. Throws VALIDATION_FAILED. */
export async function listChangeSets(
  { vault }: Server,
  _permit: Permit<'backup.view'>,
  { first, after }: { readonly first?: number | null; readonly after?: string | null },
): Promise<Page<ChangeSet>> {
  const size = pageSize(first, 20);
  const { sets, totalCount } = await pageOfChangeSets(vault, { take: size + 1, after });
  return pageOf(sets, size, totalCount);
}

/** Whether it can be undone now: it is applied, in the plant of now, and its time is not over. */
export async function canUndoChangeSet(server: Server, set: ChangeSet): Promise<boolean> {
  const { status, undoUntil, epoch } = set;
  if (status !== 'APPLIED' || !undoUntil || undoUntil <= server.now()) return false;
  return epoch === (await plantEpoch(server.vault));
}

/** The newest one that can be undone; null without one. */
export async function newestUndoableChangeSet(server: Server): Promise<ChangeSet | null> {
  return newestUndoable(server.vault, await plantEpoch(server.vault), server.now());
}

/** Whether its rows come from a file. */
export async function isImport({ vault }: Server, id: string): Promise<boolean> {
  const set = await findChangeSetRow(vault, id);
  return set !== null && set.fileName !== null;
}

/** Of something that the caller may see. */
export function changeSetOf({ vault }: Server, id: string): Promise<ChangeSet | null> {
  return findChangeSetRow(vault, id);
}
