import { z } from 'zod';
import { backupInputFields } from '../backups/backup-fields.ts';

/** `backupId` and `toBackupId` keep the two from being deleted until the compare is made. */
export const compareInput = z.strictObject({
  compareId: z.uuid(),
  ...backupInputFields,
  /** Null: now. */
  toBackupId: z.uuid().nullable(),
});
export type CompareInput = z.infer<typeof compareInput>;
