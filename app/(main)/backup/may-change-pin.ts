import type { BackupPartsFragment } from '#generated/graphql/client/graphql.ts';

/** Unpinning lets retention remove the backup, so it takes the permission to delete. */
export function mayChangePin(
  { pinned, kind }: Pick<BackupPartsFragment, 'pinned' | 'kind'>,
  may: (action: string) => boolean,
): boolean {
  const staysOnlyAsPinned = pinned && ['AUTOMATIC', 'INTRADAY', 'SAFETY'].includes(kind);
  return !staysOnlyAsPinned || may('backup.delete');
}
