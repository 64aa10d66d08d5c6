import type { ClientBase } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { VaultTransaction } from '../vault/client.ts';
import type { JobInput } from '../vault/job-inputs.ts';
import { enqueueJob, enqueueJobSql } from '../vault/jobs.ts';

const MAX_NAME_CHARS = 200;

/** What a SAFETY backup is asked for: the plant that a swap replaced, complete to its last write. */
interface Replaced {
  readonly actor: { readonly id: string | null; readonly name: string; readonly address: string };
  readonly restore: { readonly backupName: string };
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
    name: safetyName(restore.backupName, replacedBy),
    comment: '',
    includeFiles: true,
    kind: 'SAFETY',
    schema,
    scheduledFor: null,
  };
  return {
    kind: 'CREATE_BACKUP' as const,
    input,
    requestedBy: { id: actor.id, name: actor.name, address: actor.address },
  };
}

const beginnings = { APPLY: 'Before going back to: ', UNDO: 'Before undoing: ' } as const;

type Swap = keyof typeof beginnings;

/** Cut between characters, so that no half of a surrogate pair is left. */
function safetyName(backupName: string, replacedBy: string): string {
  const begins = beginnings[replacedBy === 'UNDO' ? 'UNDO' : 'APPLY'];
  return [...`${begins}${backupName}`].slice(0, MAX_NAME_CHARS).join('');
}

/**
 * What a name of this server's own making says, so that pages can say it in the person's language: the swaps
 * that it tells of, the newest first, and the name that people gave. Null where people gave the whole name.
 */
export function readSafetyName(name: string): { swaps: Swap[]; backupName: string } | null {
  const swaps: Swap[] = [];
  let rest = name;
  for (;;) {
    const swap = (['APPLY', 'UNDO'] as const).find((one) => rest.startsWith(beginnings[one]));
    if (!swap) return swaps.length === 0 ? null : { swaps, backupName: rest };
    swaps.push(swap);
    rest = rest.slice(beginnings[swap].length);
  }
}
