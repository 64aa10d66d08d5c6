'use client';

import { useTranslations } from 'next-intl';
import { useBytes } from '#app/components/ui/dates.tsx';
import type { BackupPartsFragment } from '#generated/graphql/client/graphql.ts';

/** The size of a backup's download, with ≈ while it is an estimate. */
export function useArchiveSize() {
  const t = useTranslations('backup');
  const bytes = useBytes();
  return ({
    archiveSize,
    archiveExact,
  }: Pick<BackupPartsFragment, 'archiveSize' | 'archiveExact'>) =>
    archiveExact ? bytes(archiveSize) : t('about', { size: bytes(archiveSize) });
}
