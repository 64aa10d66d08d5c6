import { z } from 'zod';
import type { GivenName } from '#engine/ports.ts';
import type { Backup } from '#generated/vault/client.ts';
import { readGivenName } from '#vault/given-name.ts';

/** Written by this server alone. */
const givenName = z.custom<GivenName>((value) => typeof value === 'object').nullable();

/** A backup as the audit log names it once the job has ended, also where the backup is gone by then. */
const backup = { backupId: z.uuid(), name: z.string(), givenName };

/** What each kind of job is told; checked when it is asked for and again when a worker reads it. */
export const jobInputs = {
  CREATE_BACKUP: z.strictObject({
    ...backup,
    comment: z.string(),
    includeFiles: z.boolean(),
    kind: z.enum(['MANUAL', 'AUTOMATIC', 'SAFETY']),
    /** The schema to read: `plant`, or for a SAFETY backup the kept one, `plant_prev_…`. */
    schema: z.string(),
    /** ISO 8601 UTC; only of an automatic backup. */
    scheduledFor: z.iso.datetime().nullable(),
  }),
  TEST_BACKUP: z.strictObject(backup),
  /** `backupId` keeps the backup from being deleted while its stage is made. */
  STAGE_RESTORE: z.strictObject({ restoreId: z.uuid(), ...backup }),
  SWEEP: z.strictObject({}),
  RETENTION: z.strictObject({}),
  PREPARE_ARCHIVE: z.strictObject(backup),
  DIGEST_ARCHIVE: z.strictObject(backup),
  CHECK_UPLOAD: z.strictObject({ uploadId: z.uuid(), fileName: z.string() }),
  SAMPLE: z.strictObject({ size: z.enum(['small', 'city', 'region']) }),
} as const;

/** What the input of a job says of the backup that it works on. */
export function backupInput({ id, name, givenName }: Pick<Backup, 'id' | 'name' | 'givenName'>) {
  return { backupId: id, name, givenName: readGivenName(givenName) };
}

export type JobKind = keyof typeof jobInputs;
export type JobInput<K extends JobKind> = z.infer<(typeof jobInputs)[K]>;

/** A job's input as its kind has it; throws a ZodError where it is something else. */
export function readJobInput<K extends JobKind>(kind: K, input: unknown): JobInput<K> {
  return jobInputs[kind].parse(input) as JobInput<K>;
}

/** As `readJobInput`, null where the row holds something else: an end must be written of such a job too. */
export function peekJobInput<K extends JobKind>(kind: K, input: unknown): JobInput<K> | null {
  return (jobInputs[kind].safeParse(input).data as JobInput<K> | undefined) ?? null;
}

export const jobKinds = Object.keys(jobInputs) as JobKind[];
