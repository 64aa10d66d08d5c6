'use client';

import { DatabaseBackup, Plus, Upload } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { EmptyState } from '#app/components/ui/empty-state.tsx';
import { ListFooter } from '#app/components/ui/list-footer.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { SearchField } from '#app/components/ui/search-field.tsx';
import { type Job, useJobEnd } from '#app/data/jobs.tsx';
import { useSystemEvent } from '#app/data/system-events.tsx';
import { useConnection } from '#app/data/use-connection.ts';
import { useMay } from '#app/session/me-context.tsx';
import { type BackupPartsFragment, BackupsDocument } from '#generated/graphql/client/graphql.ts';
import { BackupDialog } from './backup-dialog.tsx';
import { BackupDialogs, type BackupTask } from './backup-dialogs.tsx';
import { BackupFrame } from './backup-frame.tsx';
import { BackupTable } from './backup-table.tsx';
import { NoDestination } from './external/no-destination.tsx';
import { useDestinationNames } from './external/use-destination-names.ts';
import { Health } from './health/health.tsx';
import { KitReminder } from './kit-reminder.tsx';
import { RecoveredBanner } from './recovered/recovered-banner.tsx';
import { useRecoveryPause } from './recovered/use-recovery-pause.ts';
import { RunningWork } from './running-work.tsx';
import { UploadCards } from './upload/upload-cards.tsx';
import { UploadProgressDialog } from './upload/upload-progress-dialog.tsx';

const changesList: readonly Job['kind'][] = [
  'CREATE_BACKUP',
  'PREPARE_ARCHIVE',
  'CHECK_UPLOAD',
  'FETCH_BACKUP',
];

/** The list of backups, the running jobs, and the actions on backups. */
export function BackupPage() {
  const t = useTranslations('backup');
  const [search, setSearch] = useState('');
  const [uploads, setUploads] = useState(0);
  const [task, setTask] = useState<BackupTask | null>(null);
  const destinations = useDestinationNames();
  const { pause, refresh } = useRecoveryPause();
  const filter = { search: search === '' ? null : search };
  const list = useConnection(BackupsDocument, filter, (data) => data.backups);
  useSystemEvent((event) => {
    if (event.kind === 'BACKUPS_CHANGED') list.refetch();
  });
  useJobEnd((job) => {
    if (changesList.includes(job.kind)) list.refetch();
  });
  const countUpload = () => setUploads((now) => now + 1);
  const begin = (kind: BackupTask['kind'], backup: BackupPartsFragment | null = null) =>
    setTask({ kind, backup });
  return (
    <>
      <BackupFrame actions={<Actions onBegin={begin} />}>
        <div className="grid grid-cols-1 gap-4">
          {pause && <RecoveredBanner pause={pause} onGoneOn={refresh} />}
          <Health shown={list.problem} paused={pause !== null} />
          <KitReminder />
          {destinations?.length === 0 && <NoDestination />}
          <UploadCards version={uploads} />
          <RunningWork />
          <div className="flex flex-wrap items-center justify-between gap-3">
            <SearchField label={t('search')} value={search} onChange={setSearch} />
          </div>
          <ProblemNote problem={list.problem} />
          {list.phase === 'ready' && list.nodes.length === 0 && !list.problem ? (
            <NoBackups searching={search !== ''} onCreate={() => begin('create')} />
          ) : (
            <div>
              <BackupTable
                backups={list.nodes}
                destinations={destinations ?? []}
                loading={list.phase === 'loading'}
                onTask={begin}
              />
              <ListFooter list={list} />
            </div>
          )}
        </div>
      </BackupFrame>
      <BackupDialogs
        task={task}
        onClose={() => setTask(null)}
        onChanged={list.refetch}
        onUploaded={countUpload}
      />
      <UploadProgressDialog onChanged={countUpload} />
      <BackupDialog />
    </>
  );
}

function Actions({ onBegin }: { onBegin: (kind: 'upload' | 'create') => void }) {
  const t = useTranslations('backup');
  const may = useMay();
  return (
    <>
      {may('backup.upload') && (
        <Button icon={<Upload aria-hidden className="size-4" />} onClick={() => onBegin('upload')}>
          {t('upload')}
        </Button>
      )}
      {may('backup.create') && (
        <Button
          look="primary"
          icon={<Plus aria-hidden className="size-4" />}
          onClick={() => onBegin('create')}
        >
          {t('create')}
        </Button>
      )}
    </>
  );
}

function NoBackups({ searching, onCreate }: { searching: boolean; onCreate: () => void }) {
  const t = useTranslations('backup');
  const may = useMay();
  const icon = <DatabaseBackup aria-hidden className="size-5" />;
  if (searching)
    return (
      <EmptyState icon={icon} title={t('noneFound')}>
        {t('noneFoundText')}
      </EmptyState>
    );
  const action = may('backup.create') && (
    <Button look="primary" onClick={onCreate}>
      {t('create')}
    </Button>
  );
  return (
    <div className="rounded-xl bg-surface shadow-raised ring-1 ring-line">
      <EmptyState icon={icon} title={t('none')} action={action}>
        {t('noneText')}
      </EmptyState>
    </div>
  );
}
