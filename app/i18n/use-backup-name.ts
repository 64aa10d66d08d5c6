import { useFormatter, useTranslations } from 'next-intl';
import type { GivenNamePartsFragment } from '#generated/graphql/client/graphql.ts';

interface Named {
  readonly name: string;
  /** What the name says where the server gave it. */
  readonly givenName?: GivenNamePartsFragment | null;
}

/** What a backup is called: as people called it; what the server called it, in the person's language. */
export function useBackupName(): (backup: Named) => string {
  const t = useTranslations('backup.given');
  const format = useFormatter();
  const dateOf = ({ at }: GivenNamePartsFragment) =>
    at
      ? format.dateTime(new Date(`${at.localDate}T${at.time}:00Z`), {
          dateStyle: 'medium',
          timeStyle: 'short',
          timeZone: 'UTC',
        })
      : '';
  return ({ name, givenName }) =>
    givenName
      ? [givenName.kind, ...givenName.of].reduceRight(
          (words, kind) => t(kind, { name: words, date: dateOf(givenName) }),
          givenName.backupName ?? '',
        )
      : name;
}

/** What the backup of a restore is called. */
export function useRestoredName(): (restore: {
  readonly backupName: string;
  readonly backupGivenName?: GivenNamePartsFragment | null;
}) => string {
  const backupName = useBackupName();
  return ({ backupName: name, backupGivenName: givenName }) => backupName({ name, givenName });
}
