import type { BackupKind } from '#engine/ports.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { latestDate } from '../backups/newest-rows.ts';
import { backupsBeingSent } from '../downloads/archive-head-rows.ts';
import type { RetentionBackup } from './decide-retention.ts';

/**
 * What retention needs to know about every backup. At `now` a SAFETY backup is undoable until its kept plant is gone
 * and its time to undo is over. Without a kept plant it is undoable for `undoMs` after it was made.
 */
export async function retentionBackups(
  db: VaultTransaction,
  now: Date,
  undoMs: number,
): Promise<RetentionBackup[]> {
  const found = await db.$queryRaw<(RetentionBackup & { kind: BackupKind })[]>`
    SELECT b.id, b.kind, coalesce(b.scheduled_for, b.created_at) AS at, b.pinned,
           b.tested_at IS NOT NULL AND b.test_failed_at IS NULL AS tested,
           b.created_at > ${latestDate(now)} AS ahead,
           b.kind = 'SAFETY' AND CASE WHEN k.plants IS NULL
             THEN b.created_at > ${now}::timestamptz - ${undoMs} * interval '1 millisecond'
             ELSE k.kept OR k.until > ${now} END AS undoable,
           u.id IS NOT NULL OR b.id IN (${backupsBeingSent}) AS "inUse"
      FROM vault.backup b
      LEFT JOIN (SELECT safety_backup_id AS id, count(*) AS plants, max(keep_until) AS until,
                        bool_or(gone_at IS NULL) AS kept
                   FROM vault.kept_plant GROUP BY 1) k ON k.id = b.id
      LEFT JOIN (SELECT DISTINCT (input ->> field)::uuid AS id
                   FROM vault.job, unnest(ARRAY['backupId', 'toBackupId']) AS field
                  WHERE status IN ('QUEUED', 'RUNNING')
                    AND kind IN ('STAGE_RESTORE', 'TEST_BACKUP', 'COMPARE')) u ON u.id = b.id
     WHERE b.status = 'READY'`;
  return found;
}
