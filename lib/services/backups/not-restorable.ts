import type { Manifest, NotRestorable } from '#engine/ports.ts';
import { findNotRestorable, namesOf } from '#engine/restore/structure.ts';
import type { Backup } from '#generated/vault/client.ts';
import { tablesMadeBy } from '#prisma/migrate.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { notifyOfNotRestorable } from '../notifications/notify.ts';
import { backupBefore } from './backup-rows.ts';

export { type NotRestorable, namesOf };

/** What of the backup no restore brings back. Empty for a structure that is none of ours. */
export async function notRestorableIn(manifest: Manifest): Promise<NotRestorable[]> {
  const newest = manifest.structure.at(-1);
  const made = newest ? await tablesMadeBy(newest.name) : null;
  return made ? findNotRestorable(manifest.tables, made) : [];
}

/** What the catalogue says of that. */
export function notRestorableOf({ notRestorable }: Pick<Backup, 'notRestorable'>): NotRestorable[] {
  return notRestorable as unknown as NotRestorable[];
}

/** Notifies what this backup has and the one before it had not, in the transaction that makes it. */
export async function tellNotRestorable(tx: VaultTransaction, backup: Backup): Promise<void> {
  const found = notRestorableOf(backup);
  if (found.length === 0) return;
  const before = await backupBefore(tx, backup);
  const known = new Set(before ? notRestorableOf(before).map(keyOf) : []);
  if (found.some((one) => !known.has(keyOf(one)))) await notifyOfNotRestorable(tx, backup, found);
}

/** PostgreSQL orders the keys of what it keeps as JSON. */
function keyOf({ table, columns, reason }: NotRestorable): string {
  return JSON.stringify([table, columns, reason]);
}
