'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { Moment } from '#app/components/ui/dates.tsx';
import { DialogBody, DialogFooter } from '#app/components/ui/dialog.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { useJobs } from '#app/data/jobs.tsx';
import { type Problem, problemOfFailure } from '#app/data/problem.ts';
import { useSend } from '#app/data/use-send.ts';
import { useUploads } from '#app/transfers/uploads.tsx';
import { CheckUploadDocument } from '#generated/graphql/client/graphql.ts';
import type { StepProps } from './step.ts';

/**
 * The check failed for a reason outside the archive. Its bytes are kept and can be checked again.
 */
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
  const cancelUpload = async () => {
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
        <Button onClick={() => void cancelUpload()}>{t('discard')}</Button>
        <Button look="primary" busy={sending} onClick={() => void again()}>
          {t('checkAgain')}
        </Button>
      </DialogFooter>
    </>
  );
}
