'use client';

import { GitCompareArrows, History, Rows2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect } from 'react';
import { type Client, useClient } from 'urql';
import type { MenuEntry } from '#app/components/ui/menu.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useProblemText } from '#app/data/use-problem-text.ts';
import { useMay } from '#app/session/me-context.tsx';
import {
  type BackupPartsFragment,
  OtherBackupsDocument,
} from '#generated/graphql/client/graphql.ts';
import { useStartCompare } from './use-start-compare.ts';

const icon = 'size-4';
const PAGE = 100;

/** The entries of a backup's menu that compare it: with now, with the one before it, with another. */
export function useCompareEntries(backup: BackupPartsFragment, onPick: () => void): MenuEntry[] {
  const t = useTranslations('compare');
  const may = useMay();
  const client = useClient();
  const toast = useToast();
  const { open, problem } = useStartCompare();
  const textOf = useProblemText();
  useEffect(() => {
    if (!problem) return;
    const { message, hint } = textOf(problem);
    toast({ tone: 'danger', title: message, detail: hint });
  }, [problem, toast, textOf]);
  if (!may('backup.compare') || !may('network.view') || backup.status !== 'READY') return [];
  const withPrevious = async () => {
    const previous = await backupBefore(client, backup);
    if (previous) await open({ from: previous, to: backup.id });
    else toast({ tone: 'danger', title: t('isFirst') });
  };
  return [
    {
      label: t('withNow'),
      icon: <GitCompareArrows aria-hidden className={icon} />,
      onSelect: () => void open({ from: backup.id, to: null }),
    },
    {
      label: t('withPrevious'),
      icon: <History aria-hidden className={icon} />,
      onSelect: () => void withPrevious(),
    },
    { label: t('withOther'), icon: <Rows2 aria-hidden className={icon} />, onSelect: onPick },
  ];
}

/** The id of the newest backup that is older; null for the oldest one. */
async function backupBefore(
  client: Client,
  { createdAt }: Pick<BackupPartsFragment, 'createdAt'>,
): Promise<string | null> {
  let after: string | null = null;
  for (;;) {
    const variables: { first: number; after: string | null } = { first: PAGE, after };
    const options = { requestPolicy: 'network-only' } as const;
    const { data } = await client.query(OtherBackupsDocument, variables, options).toPromise();
    const older = data?.backups.nodes.find(
      (one) => one.status === 'READY' && one.createdAt < createdAt,
    );
    if (older) return older.id;
    if (!data?.backups.pageInfo.hasNextPage) return null;
    after = data.backups.pageInfo.endCursor ?? null;
  }
}
