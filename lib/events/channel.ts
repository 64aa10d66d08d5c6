import type { SqlRunner } from '#vault/client.ts';

export const EVENT_CHANNEL = 'fiberkeep';

/** What processes tell each other. `JOBS_CHANGED` is a change of status; progress has its own kind. */
export const eventKinds = [
  'BACKUPS_CHANGED',
  'JOBS_CHANGED',
  'JOB_PROGRESS',
  'RESTORES_CHANGED',
  'CHANGE_SETS_CHANGED',
  /** An element, post or tag (the id) that somebody made, changed or deleted. Null: anything. */
  'NETWORK_CHANGED',
  'PLANT_SWAPPED',
  /** A person (the id; null: anybody) may do less than before: open streams look again. */
  'ACCESS_CHANGED',
  /** The schedule changed (id null), or a night's result. */
  'NIGHTS_CHANGED',
  /** A destination, or what lies there. */
  'DESTINATIONS_CHANGED',
  /** Between web processes: the request that holds this upload must let go of it. */
  'UPLOAD_WANTED',
] as const;

export type EventKind = (typeof eventKinds)[number];

export interface VaultEvent {
  readonly kind: EventKind;
  /** Which backup, job, restore, night, person or element; null: any of them. */
  readonly id: string | null;
}

/** Tells every process when the transaction commits, and nobody when it does not. */
export async function publish(db: SqlRunner, event: VaultEvent): Promise<void> {
  await db.$executeRaw`SELECT pg_notify(${EVENT_CHANNEL}, ${JSON.stringify(event)})`;
}
