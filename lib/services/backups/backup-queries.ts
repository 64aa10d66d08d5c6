import { readManifest } from '#engine/backup/read.ts';
import type { Manifest } from '#engine/ports.ts';
import { FiberkeepError, notFound } from '#errors';
import type { Backup } from '#generated/vault/client.ts';
import { type Page, pageOf, pageSize, searchText } from '../page.ts';
import type { Permit } from '../permit.ts';
import type { Server } from '../server.ts';
import { findReadyBackup, pageOfBackups, readyBackups } from './backup-rows.ts';
import { newestBackup, newestBackups } from './newest-rows.ts';

export interface BackupListInput {
  readonly first?: number | null;
  readonly after?: string | null;
  /** Anywhere in name, comment or author, whatever its case and accents: see `foldName`. */
  readonly search?: string | null;
  readonly kind?: string | null;
}

/** Backups that can be restored, newest first. Throws VALIDATION_FAILED. */
export async function listBackups(
  server: Server,
  _permit: Permit<'backup.view'>,
  { first, after, search, kind }: BackupListInput,
): Promise<Page<Backup>> {
  const size = pageSize(first, 50);
  const { backups, totalCount } = await pageOfBackups(server.vault, {
    take: size + 1,
    after,
    search: searchText(search),
    kind,
  });
  return pageOf(backups, size, totalCount);
}

/** The newest backup that is not dated ahead; null without one. */
export function findNewestBackup(
  server: Server,
  _permit: Permit<'backup.view'>,
): Promise<Backup | null> {
  return newestBackup(server.vault, server.now());
}

/** Null where there is no such backup, or it is being deleted. */
export async function findBackup(
  server: Server,
  permit: Permit<'backup.view'>,
  id: string,
): Promise<Backup | null> {
  return (await findBackups(server, permit, [id]))[0] ?? null;
}

/** The backups of these ids, in their order, null for each that is gone. One query for them all. */
export async function findBackups(
  server: Server,
  _permit: Permit<'backup.view'>,
  ids: readonly string[],
): Promise<(Backup | null)[]> {
  const backups = await readyBackups(server.vault, ids);
  const byId = new Map(backups.map((backup) => [backup.id, backup]));
  return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
}

/** The manifest of a READY backup. Throws NOT_FOUND, and what reading a damaged manifest throws. */
export async function manifestOf(server: Server, backupId: string): Promise<Manifest> {
  const backup = await findReadyBackup(server.vault, backupId);
  if (!backup) throw notFound('backup');
  return readManifest(server.store, server.keys, backup.manifestObject);
}

/** How many of the newest backups are tried until a manifest can be read. */
const MOST_TRIED = 5;

/**
 * The newest manifest that can be read, for a new backup to be matched against; null without one. A damaged
 * manifest must not prevent new backups, so it is passed over. The backup's restore test says what is wrong.
 */
export async function newestManifest(
  server: Server,
  { withFiles }: { withFiles: boolean },
): Promise<Manifest | null> {
  const now = server.now();
  const backups = await newestBackups(server.vault, { withFiles, most: MOST_TRIED, now });
  for (const { manifestObject } of backups) {
    try {
      return await readManifest(server.store, server.keys, manifestObject);
    } catch (thrown) {
      if (!(thrown instanceof FiberkeepError)) throw thrown;
    }
  }
  return null;
}
