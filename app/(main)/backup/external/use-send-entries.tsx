'use client';

import { CloudUpload } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { MenuEntry } from '#app/components/ui/menu.tsx';
import { useSendOrToast } from '#app/components/ui/use-send-or-toast.ts';
import { useJobs } from '#app/data/jobs.tsx';
import { useMay } from '#app/session/me-context.tsx';
import {
  type BackupPartsFragment,
  ExternalBackupDocument,
} from '#generated/graphql/client/graphql.ts';
import type { NamedDestination } from './use-destination-names.ts';

/** The entries of a backup's menu that send it to each destination that lacks it. */
export function useSendEntries(
  { id, status, includesFiles, copies }: BackupPartsFragment,
  destinations: readonly NamedDestination[],
): MenuEntry[] {
  const t = useTranslations('copies');
  const may = useMay();
  const { add } = useJobs();
  const { send } = useSendOrToast(ExternalBackupDocument);
  if (!may('backup.create') || !includesFiles || status !== 'READY') return [];
  const lacking = destinations.filter(
    (one) =>
      one.enabled &&
      one.state !== 'LOST' &&
      !copies.some(({ destinationId }) => destinationId === one.id),
  );
  return lacking.map(({ id: destinationId, name }) => ({
    label: t('sendTo', { name }),
    icon: <CloudUpload aria-hidden className="size-4" />,
    onSelect: async () => {
      const answer = await send({ backupId: id, destinationId });
      if (answer) add(answer.externalBackup.job);
    },
  }));
}
