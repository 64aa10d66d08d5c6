'use client';

import { useTranslations } from 'next-intl';
import { Button } from '#app/components/ui/button.tsx';
import { DialogBody, DialogFooter } from '#app/components/ui/dialog.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { problemOfFailure } from '#app/data/problem.ts';
import { PrepareAgain } from './prepare-again.tsx';
import type { StepProps } from './step.ts';

/** A restore that failed, was discarded or was undone, with a button to prepare a new one. */
export function EndedStep({ restore, onClose }: StepProps) {
  const t = useTranslations('restore');
  const error = restore.status === 'FAILED' ? restore.job?.error : null;
  return (
    <>
      <DialogBody>
        <div className="grid gap-4">
          <ProblemNote problem={error ? problemOfFailure(error) : null} />
          <p className="text-ink-2 text-sm">
            {restore.status === 'UNDONE'
              ? t('undone')
              : restore.status === 'FAILED'
                ? t('failed')
                : t('discarded')}
          </p>
          <PrepareAgain backupId={restore.backupId} />
        </div>
      </DialogBody>
      <DialogFooter>
        <Button onClick={onClose}>{t('close')}</Button>
      </DialogFooter>
    </>
  );
}
