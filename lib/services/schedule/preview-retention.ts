import { validationError } from '#errors';
import type { Permit } from '../permit.ts';
import { UNDO_WINDOW_MS } from '../restores/kept-plant-rows.ts';
import type { Server } from '../server.ts';
import type { RetentionBackup } from './decide-retention.ts';
import { retentionBackups } from './retention-rows.ts';
import { decided, type RetentionPreview } from './run-retention.ts';
import { findSchedule, wrongNumbers } from './schedule.ts';

export interface RetentionNumbers {
  readonly keepLast: number;
  readonly keepDaily: number;
  readonly keepWeekly: number;
  readonly keepMonthly: number;
  /** Null: as in the schedule */
  readonly keepHours?: number | null;
}

/**
 * What retention would do after the next automatic backup, if that succeeds. `numbers` replace the schedule's own.
 * Throws VALIDATION_FAILED.
 */
export async function previewRetention(
  server: Server,
  permit: Permit<'backup.view'>,
  numbers: RetentionNumbers | null,
): Promise<RetentionPreview> {
  const { nextRun, timeZone, ...schedule } = await findSchedule(server, permit);
  const at = nextRun?.at ?? server.now();
  const { keepHours } = schedule;
  const asked = numbers
    ? { ...checked(numbers), keepHours: numbers.keepHours ?? keepHours }
    : schedule;
  const rule = { ...asked, timeZone };
  const backups = await retentionBackups(server.vault, at, UNDO_WINDOW_MS);
  const tonight: RetentionBackup = {
    id: TONIGHT,
    kind: 'AUTOMATIC',
    at,
    pinned: false,
    tested: false,
    undoable: false,
    inUse: false,
    ahead: false,
  };
  // Jobs that read a backup now will have ended by then.
  const then = [...backups.map((backup) => ({ ...backup, inUse: false })), tonight];
  const { remove, keep } = decided(then, rule);
  return {
    remove: remove.filter((id) => id !== TONIGHT),
    keep: keep.filter(({ id }) => id !== TONIGHT),
  };
}

/** Stands for the id that tonight's backup will have. */
const TONIGHT = 'tonight';

function checked(numbers: RetentionNumbers): RetentionNumbers {
  const wrong = wrongNumbers(numbers, 'rule');
  if (wrong.length > 0) throw validationError(wrong);
  return numbers;
}
