'use client';

import { CircleCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '#app/components/ui/button.tsx';
import { DialogBody, DialogFooter } from '#app/components/ui/dialog.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { problemOfFailure } from '#app/data/problem.ts';
import { openDialog } from '../address.ts';
import type { StepProps } from './step.ts';

/** The archive has become a backup of this server. */
export function DoneStep({ upload, onClose }: StepProps) {
  const t = useTranslations('upload');
  return (
    <>
      <DialogBody>
        <p role="status" className="flex items-start gap-2.5 py-1 text-sm [overflow-wrap:anywhere]">
          <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-good" />
          {t('done', { name: upload.backup?.name ?? upload.fileName })}
        </p>
      </DialogBody>
      <Ending upload={upload} onClose={onClose} />
    </>
  );
}

/** Why the archive was refused, with a link to the backup if it is already here. */
export function RefusedStep({ upload, onClose }: StepProps) {
  const t = useTranslations('upload');
  return (
    <>
      <DialogBody>
        <div className="grid grid-cols-1 gap-3 py-1">
          <ProblemNote problem={upload.error ? problemOfFailure(upload.error) : null} />
          <p className="text-ink-2 text-sm">{t('nothingKept')}</p>
        </div>
      </DialogBody>
      <Ending upload={upload} onClose={onClose} />
    </>
  );
}

/** The upload was cancelled or has expired. */
export function GoneStep({ upload, onClose }: StepProps) {
  const t = useTranslations('upload');
  return (
    <>
      <DialogBody>
        <p className="py-1 text-ink-2 text-sm">
          {upload.status === 'EXPIRED' ? t('expired') : t('cancelled')}
        </p>
      </DialogBody>
      <Ending upload={upload} onClose={onClose} />
    </>
  );
}

function Ending({ upload: { backup }, onClose }: Pick<StepProps, 'upload' | 'onClose'>) {
  const t = useTranslations('upload');
  const common = useTranslations('common');
  return (
    <DialogFooter>
      <Button look={backup ? 'plain' : 'primary'} onClick={onClose}>
        {common('close')}
      </Button>
      {backup && (
        <Button look="primary" onClick={() => openDialog('backup', backup.id)}>
          {t('showBackup')}
        </Button>
      )}
    </DialogFooter>
  );
}
