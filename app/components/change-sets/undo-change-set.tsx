'use client';

import { useTranslations } from 'next-intl';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { JobProgress } from '#app/components/jobs/job-progress.tsx';
import { type Job, useStartedJob } from '#app/data/jobs.tsx';
import { type Problem, problemOfCode, problemOfFailure } from '#app/data/problem.ts';
import { useSend } from '#app/data/use-send.ts';
import { useRestoredName } from '#app/i18n/use-backup-name.ts';
import {
  type ChangeSetPartsFragment,
  UndoChangeSetDocument,
} from '#generated/graphql/client/graphql.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { useToast } from '../ui/toast.tsx';

type ChangeSet = ChangeSetPartsFragment;

const AskContext = createContext<(set: ChangeSet) => void>(() => {});

/** For texts: what the rows of a change set come from. */
export const sourceOf = ({ fileName }: Pick<ChangeSet, 'fileName'>) =>
  fileName ? 'file' : 'backup';

/** Asks whether what was brought back shall be undone. The dialog outlives the page that asked. */
export function useAskUndo(): (set: ChangeSet) => void {
  return useContext(AskContext);
}

export function ChangeSetUndoProvider({ children }: { children: ReactNode }) {
  const [set, setSet] = useState<ChangeSet | null>(null);
  const close = useCallback(() => setSet(null), []);
  return (
    <AskContext value={setSet}>
      {children}
      {set && <UndoDialog key={set.id} set={set} onClose={close} />}
    </AskContext>
  );
}

/** Asks, shows the work, and where people changed rows since, asks whether those stay. */
function UndoDialog({ set, onClose }: { set: ChangeSet; onClose: () => void }) {
  const t = useTranslations('undoBroughtBack');
  const name = useRestoredName()(set);
  const from = sourceOf(set);
  const { undo, job, busy, problem } = useUndo(set, onClose);
  const keeps = problem?.reason === 'changedSinceBroughtBack';
  return (
    <ConfirmDialog
      onClose={onClose}
      onConfirm={() => void undo(keeps)}
      title={t('title', { from })}
      confirmLabel={keeps ? t('undoOthers') : t('undo')}
      look="primary"
      busy={busy}
      problem={keeps ? null : problem}
    >
      {keeps ? (
        <p role="alert">{t('changedSince', { rows: Number(problem.params.rows) })}</p>
      ) : (
        <p>{t('explain', { name })}</p>
      )}
      {job && <JobProgress job={job} />}
    </ConfirmDialog>
  );
}

function useUndo({ id, fileName }: ChangeSet, onClose: () => void) {
  const t = useTranslations('undoBroughtBack');
  const toast = useToast();
  const { follow, job } = useStartedJob();
  const { send, sending, problem } = useSend(UndoChangeSetDocument);
  const [failure, setFailure] = useState<Problem | null>(null);
  const ended = (job: Job) => {
    if (job.status !== 'SUCCEEDED') return setFailure(failureOf(job));
    toast({ tone: 'good', title: t('done', { from: sourceOf({ fileName }) }) });
    onClose();
  };
  const undo = async (keepChanged: boolean) => {
    setFailure(null);
    const answer = await send({ id, keepChanged });
    if (answer) follow(answer.undoChangeSet.job, ended);
  };
  return { undo, job, busy: sending || job !== null, problem: problem ?? failure };
}

function failureOf({ error, status }: Job): Problem {
  if (error) return problemOfFailure(error);
  return problemOfCode(status === 'CANCELLED' ? 'CANCELLED' : 'INTERNAL');
}
