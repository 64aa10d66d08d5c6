import { z } from 'zod';
import type { GivenName } from '#engine/ports.ts';
import type { Backup } from '#generated/vault/client.ts';
import { type AuditTarget, backupTarget } from '#vault/audit.ts';
import { readGivenName } from '#vault/given-name.ts';

/** A backup as the audit log names it once the job has ended, also where the backup is gone by then. */
export interface BackupInput {
  readonly backupId: string;
  readonly name: string;
  readonly givenName: GivenName | null;
}

/** The fields of `BackupInput` for the input of a job. */
export const backupInputFields = {
  backupId: z.uuid(),
  name: z.string(),
  /** Written by this server alone. */
  givenName: z.custom<GivenName>((value) => typeof value === 'object').nullable(),
};

/** What the input of a job says of the backup that it works on. */
export function backupInput(backup: Pick<Backup, 'id' | 'name' | 'givenName'>): BackupInput {
  const { id, name, givenName } = backup;
  return { backupId: id, name, givenName: readGivenName(givenName) };
}

/** The backup of a job's input as the audit log names it. */
export function inputTarget({ backupId, name, givenName }: BackupInput): AuditTarget {
  return backupTarget({ id: backupId, name, givenName });
}
