import type { BackupPartsFragment } from '#generated/graphql/client/graphql.ts';

/** To unpin what the retention may then remove takes the right to delete. */
export function mayChangePin(
  { pinned, kind }: Pick<BackupPartsFragment, 'pinned' | 'kind'>,
  may: (action: string) => boolean,
): boolean {
  const staysOnlyAsPinned = pinned && (kind === 'AUTOMATIC' || kind === 'SAFETY');
  return !staysOnlyAsPinned || may('backup.delete');
}
