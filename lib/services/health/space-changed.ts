import { publish } from '#events/channel.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { tellOfSpace } from '../notifications/notify-of.ts';
import type { StorageLevel } from './storage-day-rows.ts';

/** The room on the disk of the store came to another level. */
export interface SpaceNews {
  readonly from: StorageLevel;
  readonly to: StorageLevel;
  readonly freeBytes: bigint | null;
  readonly daysUntilFull: number | null;
}

/** Tells whoever wants to know, in the transaction that writes the level down: once for each change. */
export async function spaceChanged(tx: VaultTransaction, news: SpaceNews): Promise<void> {
  await publish(tx, { kind: 'BACKUPS_CHANGED', id: null });
  await tellOfSpace(tx, news);
}
