'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { Moment, useBytes } from '#app/components/ui/dates.tsx';
import { DialogBody, DialogFooter } from '#app/components/ui/dialog.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import type { Problem } from '#app/data/problem.ts';
import { useUploads } from '#app/transfers/uploads.tsx';
import { DropZone } from './drop-zone.tsx';
import { SendingProgress } from './sending-progress.tsx';
import type { StepProps } from './step.ts';

/** Bytes are missing: this page sends them, or asks for the file to resume. */
export function ReceivingStep({ upload, onClose, onChanged }: StepProps) {
  const t = useTranslations('upload');
  const { sendingOf, cancel } = useUploads();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [cancelling, setCancelling] = useState(false);
  const sending = sendingOf(upload.id);
  const goesOn = sending !== null && sending.phase !== 'stopped';
  const cancelUpload = async () => {
    setCancelling(true);
    const refused = await cancel(upload);
    setCancelling(false);
    setProblem(refused);
    if (!refused) onClose();
    else onChanged();
  };
  return (
    <>
      <DialogBody>
        <div className="grid grid-cols-1 gap-5 py-1">
          {goesOn ? <SendingProgress sending={sending} /> : <GoOn upload={upload} />}
          <ProblemNote problem={problem ?? sending?.problem ?? null} />
        </div>
      </DialogBody>
      <DialogFooter>
        <Button busy={cancelling} onClick={() => void cancelUpload()}>
          {t('cancel')}
        </Button>
        <Button look={goesOn ? 'primary' : 'plain'} onClick={onClose}>
          {goesOn ? t('goOnWorking') : t('notNow')}
        </Button>
      </DialogFooter>
    </>
  );
}

/** Browsers forget files on reload. The person chooses the file again, and the upload resumes. */
function GoOn({ upload }: Pick<StepProps, 'upload'>) {
  const t = useTranslations('upload');
  const bytes = useBytes();
  const { resume } = useUploads();
  const [wrongFile, setWrongFile] = useState<string | null>(null);
  const received = Number(upload.received);
  const size = Number(upload.size);
  const take = (file: File) => {
    if (file.size !== size) setWrongFile(file.name);
    else resume(upload, file);
  };
  return (
    <>
      <div className="grid gap-1.5">
        <p className="text-pretty text-ink-2 text-sm">
          {t('brokenOff', { received: bytes(received), size: bytes(size) })}{' '}
          {t.rich('keptUntil', { date: () => <Moment at={upload.expiresAt} /> })}
        </p>
        <ProgressBar fraction={received / Math.max(1, size)} label={t('sending')} />
      </div>
      <DropZone label={t('chooseAgain')} onFile={take} />
      {wrongFile !== null && (
        <p role="alert" className="text-danger text-sm [overflow-wrap:anywhere]">
          {t('wrongFile', { name: wrongFile, size: bytes(size) })}
        </p>
      )}
    </>
  );
}
