import type { SqlRunner } from '#vault/client.ts';

export const EVENT_CHANNEL = 'fiberkeep';

/** What pages and workers are told of. `JOBS_CHANGED` is a change of status; progress has its own kind. */
export const eventKinds = [
  'BACKUPS_CHANGED',
  'JOBS_CHANGED',
  'JOB_PROGRESS',
  'RESTORES_CHANGED',
  'PLANT_SWAPPED',
  /** What a person (the id; null: anybody) may do is less than it was: whoever serves them looks again. */
  'ACCESS_CHANGED',
  /** The schedule (id null), or what came of a night. */
  'NIGHTS_CHANGED',
  /** Between web processes: whoever holds this upload is to let go of it. */
  'UPLOAD_WANTED',
] as const;

export type EventKind = (typeof eventKinds)[number];

export interface VaultEvent {
  readonly kind: EventKind;
  /** Which backup, job, restore, night or person; null: any of them. */
  readonly id: string | null;
}

/** Tells every process when the transaction commits, and nobody when it does not. */
export async function publish(db: SqlRunner, event: VaultEvent): Promise<void> {
  await db.$executeRaw`SELECT pg_notify(${EVENT_CHANNEL}, ${JSON.stringify(event)})`;
}
