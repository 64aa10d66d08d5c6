import { useTranslations } from 'next-intl';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import type { ComparePartsFragment } from '#generated/graphql/client/graphql.ts';

/** What both sides of a compare are called. */
export function useSideNames({ from, to, toNow }: ComparePartsFragment) {
  const t = useTranslations('compare');
  const backupName = useBackupName();
  return { from: backupName(from), to: toNow ? t('now') : backupName(to) };
}
