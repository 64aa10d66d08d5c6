import { v7 as uuidv7 } from 'uuid';
import type { Job } from '../../generated/vault/client.ts';
import { recordAudit } from '../vault/audit.ts';
import { enqueueJob } from '../vault/jobs.ts';
import { readBackupText } from './backup-fields.ts';
import type { Permit } from './permit.ts';
import type { Server } from './server.ts';

export interface BackupInput {
  readonly name: string;
  readonly comment: string;
  /** Also the files of posts. */
  readonly includeFiles: boolean;
}

/**
 * Asks for a backup of the plant and answers the job at once. Names need not be unique. Throws
 * VALIDATION_FAILED naming each wrong field.
 */
export async function requestBackup(
  server: Server,
  permit: Permit<'backup.create'>,
  input: BackupInput,
): Promise<Job> {
  const { name, comment } = readBackupText(input);
  const backupId = uuidv7();
  return server.vault.$transaction(async (tx) => {
    await recordAudit(tx, {
      actor: permit.actor,
      action: 'backup.create.request',
      target: { kind: 'backup', id: backupId, name },
      outcome: 'DONE',
    });
    return enqueueJob(tx, {
      kind: 'CREATE_BACKUP',
      input: {
        backupId,
        name,
        comment,
        includeFiles: input.includeFiles,
        kind: 'MANUAL',
        schema: 'plant',
        scheduledFor: null,
      },
      requestedBy: permit.actor,
    });
  });
}
