import type { BackupPartsFragment } from '#generated/graphql/client/graphql.ts';

/** Who may delete backups, but not change this one's pin, can only look at it. */
export function mayDelete(
  backup: Pick<BackupPartsFragment, 'pinned' | 'kind'>,
  may: (action: string) => boolean,
): boolean {
  return !backup.pinned || (may('backup.create') && mayChangePin(backup, may));
}

/** Unpinning lets retention remove the backup, so it takes the permission to delete. */
export function mayChangePin(
  { pinned, kind }: Pick<BackupPartsFragment, 'pinned' | 'kind'>,
  may: (action: string) => boolean,
): boolean {
  const staysOnlyAsPinned = pinned && ['AUTOMATIC', 'INTRADAY', 'SAFETY'].includes(kind);
  return !staysOnlyAsPinned || may('backup.delete');
}
