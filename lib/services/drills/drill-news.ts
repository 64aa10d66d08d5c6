import type { Backup } from '../../../generated/vault/client.ts';
import type { Failure } from '../../errors/index.ts';
import type { VaultTransaction } from '../../vault/client.ts';
import { publish } from '../../vault/events.ts';
import { tellOfDrill } from '../notifications/tell-news.ts';

/** How a drill ended. */
export interface DrillNews {
  readonly backup: Pick<Backup, 'id' | 'name' | 'kind' | 'createdAt'>;
  readonly jobId: string;
  /**
   * FAILED: the backup does not come back. UNDECIDED: the drill could not be finished (the disk was full, the
   * worker died), which says nothing about the backup; it is tried again by itself.
   */
  readonly outcome: 'PROVEN' | 'FAILED' | 'UNDECIDED';
  /** Null where it was proven. */
  readonly error: Failure | null;
}

/** Tells whoever wants to know, in the transaction that writes the drill's end. One that a person cancelled is no news. */
export async function drillEnded(tx: VaultTransaction, news: DrillNews): Promise<void> {
  await publish(tx, { kind: 'BACKUPS_CHANGED', id: news.backup.id });
  await tellOfDrill(tx, news);
}
