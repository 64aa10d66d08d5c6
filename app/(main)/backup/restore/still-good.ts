import type { RestorePartsFragment } from '#generated/graphql/client/graphql.ts';

/** Whether a restore of the backup is being prepared, or is prepared and not too old to apply. */
export function isStillGood(
  restore: RestorePartsFragment,
  backupId: string,
  now = Date.now(),
): boolean {
  if (restore.backupId !== backupId) return false;
  if (restore.status === 'STAGING') return true;
  return restore.status === 'STAGED' && Date.parse(restore.goodUntil ?? '') > now;
}
