'use client';

import { useTranslations } from 'next-intl';
import { JobProgress } from '#app/components/jobs/job-progress.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { DialogBody, DialogFooter } from '#app/components/ui/dialog.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { useJobs } from '#app/data/jobs.tsx';
import { useSend } from '#app/data/use-send.ts';
import { CancelJobDocument } from '#generated/graphql/client/graphql.ts';
import type { StepProps } from './step.ts';

/** All bytes have arrived, and each is checked before the backup is accepted. */
export function CheckingStep({ upload, onClose, onChanged }: StepProps) {
  const t = useTranslations('upload');
  const { active } = useJobs();
  const { send, sending, problem } = useSend(CancelJobDocument);
  const job = active.find((candidate) => candidate.uploadId === upload.id) ?? upload.job;
  const cancel = async () => {
    if (job && (await send({ id: job.id }))) onChanged();
  };
  return (
    <>
      <DialogBody>
        <div className="grid grid-cols-1 gap-5 py-1">
          {job && <JobProgress job={job} />}
          <p className="text-pretty text-ink-2 text-sm">{t('checkingText')}</p>
          <ProblemNote problem={problem} />
        </div>
      </DialogBody>
      <DialogFooter>
        <Button busy={sending} onClick={() => void cancel()}>
          {t('cancel')}
        </Button>
        <Button look="primary" onClick={onClose}>
          {t('goOnWorking')}
        </Button>
      </DialogFooter>
    </>
  );
}
