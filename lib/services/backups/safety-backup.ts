import { v7 as uuidv7 } from 'uuid';
import { enqueueJob } from '#jobs/queue.ts';
import type { Actor } from '#vault/actor.ts';
import type { SqlRunner } from '#vault/client.ts';
import { createBackupJob } from './create-backup.ts';
import { type RestoredBackup, safetyName } from './given-name.ts';

/** What a SAFETY backup is asked for: the plant that a swap replaced, complete to its last write. */
interface Replaced {
  readonly actor: Actor;
  readonly restore: RestoredBackup;
  readonly replacedBy: string;
}

/** Queues the SAFETY backup of the plant kept as `schema`. Answers the job's id. */
export async function enqueueSafetyBackup(
  db: SqlRunner,
  { actor, restore, replacedBy }: Replaced,
  schema: string,
): Promise<string> {
  const { id } = await enqueueJob(db, createBackupJob, {
    input: {
      backupId: uuidv7(),
      ...safetyName(restore, replacedBy),
      comment: '',
      includeFiles: true,
      kind: 'SAFETY',
      schema,
      scheduledFor: null,
    },
    requestedBy: actor,
  });
  return id;
}
