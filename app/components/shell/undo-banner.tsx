'use client';

import { Undo2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useQuery } from 'urql';
import { usePage } from '#app/data/graphql-provider.tsx';
import { useSystemEvent } from '#app/data/system-events.tsx';
import { useSend } from '#app/data/use-send.ts';
import { useRestoredName } from '#app/i18n/use-backup-name.ts';
import { useMoment } from '#app/i18n/use-writing.ts';
import { useMay } from '#app/session/me-context.tsx';
import { RestoresDocument, UndoRestoreDocument } from '#generated/graphql/client/graphql.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { useToast } from '../ui/toast.tsx';

const RECENT = 10;

/** Offers to undo the newest restore on every page, while that is possible. */
export function UndoBanner() {
  const may = useMay();
  return may('backup.restore') ? <Undoable /> : null;
}

function Undoable() {
  const t = useTranslations('undo');
  const moment = useMoment();
  const restoredName = useRestoredName();
  const [asked, setAsked] = useState(false);
  const variables = { first: RECENT };
  const [{ data }, read] = useQuery({ query: RestoresDocument, variables });
  useSystemEvent((event) => {
    if (event.kind === 'RESTORES_CHANGED' || event.kind === 'PLANT_SWAPPED')
      read({ requestPolicy: 'network-only' });
  });
  const restore = data?.restores.nodes.find((candidate) => candidate.canUndo);
  if (!restore) return null;
  return (
    <section
      aria-label={t('label')}
      className="flex flex-wrap items-center gap-x-4 gap-y-2 border-line border-b bg-accent-soft px-4 py-2 sm:px-6 lg:px-10"
    >
      <p className="min-w-0 flex-1 basis-64 text-[13px] text-accent-strong [overflow-wrap:anywhere]">
        {t('text', {
          name: restoredName(restore),
          applied: moment(restore.appliedAt ?? restore.createdAt),
          until: moment(restore.undoUntil ?? restore.createdAt),
        })}
      </p>
      <Button
        size="small"
        icon={<Undo2 aria-hidden className="size-3.5" />}
        onClick={() => setAsked(true)}
      >
        {t('undo')}
      </Button>
      {asked && (
        <UndoDialog id={restore.id} name={restoredName(restore)} onClose={() => setAsked(false)} />
      )}
    </section>
  );
}

interface UndoProps {
  id: string;
  name: string;
  onClose: () => void;
}

function UndoDialog({ id, name, onClose }: UndoProps) {
  const t = useTranslations('undo');
  const toast = useToast();
  const { swap } = usePage();
  const { send, sending, problem } = useSend(UndoRestoreDocument);
  const backupRuns = problem?.code === 'BACKUP_RUNNING';
  const undo = async () => {
    const undone = await swap(
      async () => (await send({ id, cancelRunningBackup: backupRuns })) !== null,
    );
    if (!undone) return;
    onClose();
    toast({ tone: 'good', title: t('done'), detail: t('doneDetail') });
  };
  return (
    <ConfirmDialog
      onClose={onClose}
      onConfirm={() => void undo()}
      title={t('title')}
      confirmLabel={backupRuns ? t('cancelBackupAndUndo') : t('undo')}
      look="primary"
      busy={sending}
      problem={problem}
    >
      <p>{t('explain', { name })}</p>
      <p>{t('kept')}</p>
    </ConfirmDialog>
  );
}
