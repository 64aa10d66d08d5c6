import type { ClientBase } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { enqueueJob, enqueueJobSql } from '#jobs/enqueue.ts';
import type { JobInput } from '#jobs/inputs.ts';
import type { Actor } from '#vault/actor.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { type RestoredBackup, safetyName } from './given-name.ts';

/** What a SAFETY backup is asked for: the plant that a swap replaced, complete to its last write. */
interface Replaced {
  readonly actor: Actor;
  readonly restore: RestoredBackup;
  readonly replacedBy: string;
}

/** Queues the SAFETY backup of the plant kept as `schema`, in the swap's own transaction. Answers the job's id. */
export function enqueueSafetyBackupSql(
  client: ClientBase,
  replaced: Replaced,
  schema: string,
): Promise<string> {
  return enqueueJobSql(client, requestOf(replaced, schema));
}

/** The same once more, where the first came to nothing. */
export async function enqueueSafetyBackup(
  tx: VaultTransaction,
  replaced: Replaced,
  schema: string,
): Promise<string> {
  return (await enqueueJob(tx, requestOf(replaced, schema))).id;
}

function requestOf({ actor, restore, replacedBy }: Replaced, schema: string) {
  const input: JobInput<'CREATE_BACKUP'> = {
    backupId: uuidv7(),
    ...safetyName(restore, replacedBy),
    comment: '',
    includeFiles: true,
    kind: 'SAFETY',
    schema,
    scheduledFor: null,
  };
  return {
    kind: 'CREATE_BACKUP' as const,
    input,
    requestedBy: actor,
  };
}
