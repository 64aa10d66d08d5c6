'use client';

import { History } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useQuery } from 'urql';
import { Button } from '#app/components/ui/button.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import { useMay } from '#app/session/me-context.tsx';
import { type ElementKind, NewestBackupDocument } from '#generated/graphql/client/graphql.ts';
import {
  type Narrowing,
  nothingNarrowed,
  writeNarrowing,
} from '../../backup/compare/change-filter.ts';
import { compareAddress } from '../../backup/compare/compare-address.ts';
import { useStartCompare } from '../../backup/compare/use-start-compare.ts';

/** The newest backup, for who may compare; `compare` shows what differs from now, narrowed. */
export function useCompareWithNewest() {
  const may = useMay();
  const allowed = may('backup.compare') && may('backup.view');
  const backupName = useBackupName();
  const router = useRouter();
  const { make, sending, problem } = useStartCompare();
  const [{ data }] = useQuery({ query: NewestBackupDocument, pause: !allowed });
  const backup = data?.backups.nodes[0];
  if (!allowed || !backup) return null;
  const compare = async (narrowing: Partial<Narrowing>) => {
    const compared = { from: backup.id, to: null };
    const id = await make(compared);
    if (id === null) return;
    const [path = '', query] = compareAddress(id, compared).split('?');
    const params = writeNarrowing(new URLSearchParams(query), { ...nothingNarrowed, ...narrowing });
    router.push(`${path}?${params}`);
  };
  return { name: backupName(backup), compare, sending, problem };
}

/** Leads to how the element was in the newest backup. */
export function BackupPanel({ kind, name }: { kind: ElementKind; name: string }) {
  const t = useTranslations('network.element');
  const newest = useCompareWithNewest();
  if (!newest) return null;
  return (
    <Panel title={t('backup')} text={t('backupText', { name: newest.name })}>
      <Button
        className="max-sm:h-11"
        icon={<History aria-hidden className="size-4" />}
        busy={newest.sending}
        onClick={() => void newest.compare({ tables: [kind.toLowerCase()], search: name })}
      >
        {t('compareBackup')}
      </Button>
      <ProblemNote problem={newest.problem} />
    </Panel>
  );
}
