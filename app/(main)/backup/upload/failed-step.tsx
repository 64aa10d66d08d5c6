'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { CheckUploadDocument } from '../../../../generated/graphql/client/graphql.ts';
import { Button } from '../../../components/ui/button.tsx';
import { Moment } from '../../../components/ui/dates.tsx';
import { DialogBody, DialogFooter } from '../../../components/ui/dialog.tsx';
import { ProblemNote } from '../../../components/ui/problem-note.tsx';
import { useJobs } from '../../../data/jobs.tsx';
import { type Problem, problemOfFailure } from '../../../data/problem.ts';
import { useSend } from '../../../data/use-send.ts';
import { useUploads } from '../../../transfers/uploads.tsx';
import type { StepProps } from './upload-window.tsx';

/** The check broke off through no fault of the archive: its bytes are kept, and checked again on request. */
export function FailedStep({ upload, onClose, onChanged }: StepProps) {
  const t = useTranslations('upload');
  const { add } = useJobs();
  const { cancel } = useUploads();
  const { send, sending, problem } = useSend(CheckUploadDocument);
  const [refused, setRefused] = useState<Problem | null>(null);
  const again = async () => {
    const answer = await send({ id: upload.id });
    if (answer) add(answer.checkUpload.job);
    onChanged();
  };
  const takeBack = async () => {
    const why = await cancel(upload);
    setRefused(why);
    if (!why) onClose();
  };
  const failure = upload.error && problemOfFailure(upload.error);
  return (
    <>
      <DialogBody>
        <div className="grid grid-cols-1 gap-3 py-1">
          <ProblemNote problem={refused ?? problem ?? failure ?? null} />
          <p className="text-ink-2 text-sm">
            {t.rich('keptUntil', { date: () => <Moment at={upload.expiresAt} /> })}
          </p>
        </div>
      </DialogBody>
      <DialogFooter>
        <Button onClick={() => void takeBack()}>{t('discard')}</Button>
        <Button look="primary" busy={sending} onClick={() => void again()}>
          {t('checkAgain')}
        </Button>
      </DialogFooter>
    </>
  );
}
