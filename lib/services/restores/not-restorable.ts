import type { NotRestorable } from '#engine/ports.ts';
import { findBackupRow } from '../backups/backup-rows.ts';
import { notRestorableOf } from '../backups/not-restorable.ts';
import type { Server } from '../server.ts';
import { countPlant } from './plant-count-rows.ts';
import { type Restore, stagedTables } from './restore-rows.ts';

/**
 * What a staged restore does not bring back, by table: what is marked in the backup, and tables of the network of now
 * that no migration makes. Those stay in the network that is kept for undo. Empty until the stage is made.
 */
export async function leftOutOf(server: Server, restore: Restore): Promise<NotRestorable[]> {
  if (!restore.tables) return [];
  const backup = await findBackupRow(server.vault, restore.backupId);
  const marked = backup ? notRestorableOf(backup) : [];
  const known = new Set(
    [...stagedTables(restore), ...marked.map(({ table }) => ({ name: table }))].map(
      ({ name }) => name,
    ),
  );
  const now = await server.rowCounts.get(() => countPlant(server));
  const later = [...now.keys()].filter((table) => !known.has(table));
  const found = later.map((table) => ({ table, columns: null, reason: 'MADE_BY_HAND' as const }));
  return [...found, ...marked].sort((a, b) => (a.table < b.table ? -1 : 1));
}
