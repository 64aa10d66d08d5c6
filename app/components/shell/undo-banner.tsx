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
import {
  type ChangeSetPartsFragment,
  type RestorePartsFragment,
  RestoresDocument,
  UndoableChangeSetDocument,
  UndoRestoreDocument,
} from '#generated/graphql/client/graphql.ts';
import { sourceOf, useAskUndo } from '../change-sets/undo-change-set.tsx';
import { Button } from '../ui/button.tsx';
import { classes } from '../ui/classes.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { useToast } from '../ui/toast.tsx';

const RECENT = 10;
/** What was brought back can be undone longer than every page offers it: a list has it then. */
const OFFERED_MS = 7 * 24 * 60 * 60 * 1000;

/** Offers to undo the newest restore, or what was brought back since, on every page. */
export function UndoBanner() {
  const may = useMay();
  return may('backup.restore') ? <Undoable /> : null;
}

function Undoable() {
  const restore = useUndoableRestore();
  const set = useUndoableChangeSet();
  if (set && (!restore || at(set) > at(restore))) return <BroughtBackBanner set={set} />;
  return restore ? <RestoreBanner restore={restore} /> : null;
}

function at({ appliedAt, createdAt }: { appliedAt?: string | null; createdAt: string }): number {
  return Date.parse(appliedAt ?? createdAt);
}

function useUndoableRestore(): RestorePartsFragment | undefined {
  const variables = { first: RECENT };
  const [{ data }, read] = useQuery({ query: RestoresDocument, variables });
  useSystemEvent((event) => {
    if (event.kind === 'RESTORES_CHANGED' || event.kind === 'PLANT_SWAPPED')
      read({ requestPolicy: 'network-only' });
  });
  return data?.restores.nodes.find((candidate) => candidate.canUndo);
}

function useUndoableChangeSet(): ChangeSetPartsFragment | null {
  const [{ data }, read] = useQuery({ query: UndoableChangeSetDocument });
  useSystemEvent((event) => {
    if (event.kind === 'CHANGE_SETS_CHANGED' || event.kind === 'PLANT_SWAPPED')
      read({ requestPolicy: 'network-only' });
  });
  const set = data?.undoableChangeSet;
  return set && at(set) > Date.now() - OFFERED_MS ? set : null;
}

interface BannerProps {
  /** Something is wrong, and undoing is the way out. */
  isWrong?: boolean;
  label: string;
  text: string;
  button: string;
  onUndo: () => void;
}

function Banner({ isWrong = false, label, text, button, onUndo }: BannerProps) {
  return (
    <section
      aria-label={label}
      className={classes(
        'flex flex-wrap items-center gap-x-4 gap-y-2 border-line border-b px-4 py-2 sm:px-6 lg:px-10',
        isWrong ? 'bg-danger-soft text-danger' : 'bg-accent-soft text-accent-strong',
      )}
    >
      <p
        role={isWrong ? 'alert' : undefined}
        className="min-w-0 flex-1 basis-64 text-[13px] [overflow-wrap:anywhere]"
      >
        {text}
      </p>
      <Button size="small" icon={<Undo2 aria-hidden className="size-3.5" />} onClick={onUndo}>
        {button}
      </Button>
    </section>
  );
}

function BroughtBackBanner({ set }: { set: ChangeSetPartsFragment }) {
  const t = useTranslations('undoBroughtBack');
  const moment = useMoment();
  const restoredName = useRestoredName();
  const ask = useAskUndo();
  return (
    <Banner
      label={t('label', { from: sourceOf(set) })}
      text={t('text', {
        from: sourceOf(set),
        name: restoredName(set),
        applied: moment(set.appliedAt ?? set.createdAt),
        until: moment(set.undoUntil ?? set.createdAt),
      })}
      button={t('undo')}
      onUndo={() => ask(set)}
    />
  );
}

function RestoreBanner({ restore }: { restore: RestorePartsFragment }) {
  const t = useTranslations('undo');
  const moment = useMoment();
  const name = useRestoredName()(restore);
  const isWrong = restore.asAnnounced === false;
  const [asked, setAsked] = useState(false);
  return (
    <>
      <Banner
        isWrong={isWrong}
        label={t('label')}
        text={t(isWrong ? 'differs' : 'text', {
          name,
          applied: moment(restore.appliedAt ?? restore.createdAt),
          until: moment(restore.undoUntil ?? restore.createdAt),
        })}
        button={t('undo')}
        onUndo={() => setAsked(true)}
      />
      {asked && <UndoDialog id={restore.id} name={name} onClose={() => setAsked(false)} />}
    </>
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
