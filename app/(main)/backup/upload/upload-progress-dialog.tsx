'use client';

import { useTranslations } from 'next-intl';
import { useEffect, useRef } from 'react';
import { useQuery } from 'urql';
import { Dialog, DialogBody } from '#app/components/ui/dialog.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { useJobEnd } from '#app/data/jobs.tsx';
import { problemOf } from '#app/data/problem.ts';
import { useSystemEvent } from '#app/data/system-events.tsx';
import { type Upload, useUploads } from '#app/transfers/uploads.tsx';
import { UploadDocument } from '#generated/graphql/client/graphql.ts';
import { openDialog, useOpenDialog } from '../address.ts';
import { CheckingStep } from './checking-step.tsx';
import { DoneStep, GoneStep, RefusedStep } from './ended-steps.tsx';
import { FailedStep } from './failed-step.tsx';
import { ReceivingStep } from './receiving-step.tsx';
import type { StepProps } from './step.ts';

/** The dialog of one upload: send, check, done. The server decides which step it shows. */
export function UploadProgressDialog({ onChanged }: { onChanged: () => void }) {
  const id = useOpenDialog('upload');
  return id ? <OpenDialog key={id} id={id} onChanged={onChanged} /> : null;
}

function OpenDialog({ id, onChanged }: { id: string; onChanged: () => void }) {
  const t = useTranslations('upload');
  const { upload, problem, fetching, refresh } = useUpload(id);
  const close = () => {
    openDialog('upload', null);
    onChanged();
  };
  return (
    <Dialog onClose={close} title={t('title')} description={upload?.fileName}>
      {upload ? (
        <Step upload={upload} onClose={close} onChanged={refresh} />
      ) : (
        <DialogBody>
          {problem ? (
            <ProblemNote problem={problem} />
          ) : fetching ? (
            <ProgressBar fraction={null} label={t('reading')} />
          ) : (
            <p className="text-ink-2 text-sm">{t('unknown')}</p>
          )}
        </DialogBody>
      )}
    </Dialog>
  );
}

/** The upload as the server knows it, reread as bytes are sent and as its check progresses. */
function useUpload(id: string) {
  const [{ data, error, fetching }, read] = useQuery({ query: UploadDocument, variables: { id } });
  // A failed read keeps the last known state: sending resumes by itself when the server is back.
  const known = useRef<Upload | null>(null);
  if (data) known.current = data.upload ?? null;
  const refresh = () => read({ requestPolicy: 'network-only' });
  const phase = useUploads().sendingOf(id)?.phase;
  useEffect(() => {
    if (phase === 'sent') read({ requestPolicy: 'network-only' });
  }, [phase, read]);
  useSystemEvent((event) => {
    if (event.kind === 'JOBS_CHANGED') refresh();
  });
  useJobEnd((job) => {
    if (job.uploadId === id) refresh();
  });
  const problem = error ? problemOf(error) : null;
  return { upload: known.current, problem, fetching, refresh };
}

function Step(props: StepProps) {
  switch (props.upload.status) {
    case 'RECEIVING':
      return <ReceivingStep {...props} />;
    case 'CHECKING':
      return <CheckingStep {...props} />;
    case 'DONE':
      return <DoneStep {...props} />;
    case 'REFUSED':
      return <RefusedStep {...props} />;
    case 'FAILED':
      return <FailedStep {...props} />;
    default:
      return <GoneStep {...props} />;
  }
}
