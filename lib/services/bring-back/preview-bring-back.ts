import { isMissing, readFileList } from '#engine/backup/read.ts';
import type { BroughtBack } from '#engine/bring-back/bring-back.ts';
import type { Conflict } from '#engine/bring-back/conflicts.ts';
import type { Sql } from '#engine/bring-back/sql.ts';
import { notFound } from '#errors';
import { manifestOf } from '../backups/backup-queries.ts';
import { type Compare, findCompareRow, touchCompare } from '../compare/compare-rows.ts';
import type { ComparePermit } from '../compare/permit-compare.ts';
import type { Server } from '../server.ts';
import { type BringBackInput, readWanted } from './bring-back-input.ts';
import { labelsOf, namedFiles, presentLabels, type ToldItem, toldItems } from './item-rows.ts';
import { bringBackChanges } from './perform.ts';
import { inVain } from './write-change-set.ts';

export interface ShownConflict extends Conflict {
  readonly label: string;
  readonly presentLabel: string;
}

/** What bringing back would do, found by doing it and rolling back. */
export interface BringBackPreview extends BroughtBack {
  readonly conflicts: readonly ShownConflict[];
  readonly needed: readonly ToldItem[];
  readonly emptied: readonly ToldItem[];
  readonly kept: readonly ToldItem[];
  readonly blocked: readonly ToldItem[];
  /** Files that posts would name, and whose bytes are neither here nor in the backup. */
  readonly missingFiles: number;
}

/**
 * What bringing the chosen rows back would do now. Writes nothing. Throws NOT_FOUND where the compare was dropped,
 * VALIDATION_FAILED, and CONFLICT where people write the same rows at this moment.
 */
export async function previewBringBack(
  server: Server,
  { compare: permit }: ComparePermit,
  compareId: string,
  input: BringBackInput,
): Promise<BringBackPreview> {
  const wanted = readWanted(input);
  const compare = await readyCompare(server, compareId);
  return inVain(server, async (sql) => {
    const done = await bringBackChanges(sql, compare, wanted, permit.actor);
    return {
      ...done,
      conflicts: await labelled(sql, done.conflicts),
      needed: await toldItems(sql, 'needed'),
      emptied: await toldItems(sql, 'emptied'),
      kept: await toldItems(sql, 'kept'),
      blocked: await toldItems(sql, 'blocked'),
      missingFiles: await countMissing(server, compare, await namedFiles(sql)),
    };
  });
}

/** Throws NOT_FOUND where it was dropped or is not READY. Whoever uses it keeps it. */
export async function readyCompare(server: Server, id: string): Promise<Compare> {
  const compare = await findCompareRow(server.vault, id);
  if (compare?.status !== 'READY') throw notFound('compare');
  await touchCompare(server.vault, compare);
  return compare;
}

async function labelled(sql: Sql, conflicts: readonly Conflict[]) {
  const labels = await labelsOf(sql, conflicts);
  const present = await presentLabels(sql, conflicts);
  return conflicts.map((conflict, at) => ({
    ...conflict,
    label: labels[at] ?? '',
    presentLabel: present[at] ?? '',
  }));
}

async function countMissing(
  server: Server,
  { fromBackupId }: Compare,
  sha256s: readonly string[],
): Promise<number> {
  const lacking = new Set<string>();
  for (const sha256 of sha256s) if (!(await server.files.has(sha256))) lacking.add(sha256);
  if (lacking.size === 0) return 0;
  const manifest = await manifestOf(server, fromBackupId);
  for await (const entry of readFileList(server.store, server.keys, manifest))
    if (!isMissing(entry)) lacking.delete(entry.sha256);
  return lacking.size;
}
