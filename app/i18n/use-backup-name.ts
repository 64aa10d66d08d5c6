import { useFormatter, useTranslations } from 'next-intl';
import type { GivenNamePartsFragment } from '#generated/graphql/client/graphql.ts';

interface Named {
  readonly name: string;
  /** The parts of a name given by the server. */
  readonly givenName?: GivenNamePartsFragment | null;
}

/** The displayed name of a backup: as typed, or translated if the server gave it. */
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

/** The displayed name of what a restore or a change set comes from: a backup, or a file. */
export function useRestoredName(): (restore: {
  readonly backupName: string;
  readonly backupGivenName?: GivenNamePartsFragment | null;
  readonly fileName?: string | null;
}) => string {
  const backupName = useBackupName();
  return ({ backupName: name, backupGivenName: givenName, fileName }) =>
    fileName ?? backupName({ name, givenName });
}
