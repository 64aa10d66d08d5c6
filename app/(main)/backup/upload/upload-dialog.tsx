'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { Dialog, DialogBody, DialogFooter } from '#app/components/ui/dialog.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import type { Problem } from '#app/data/problem.ts';
import { useUploads } from '#app/transfers/uploads.tsx';
import { openDialog } from '../address.ts';
import { DropZone } from './drop-zone.tsx';

interface Props {
  onClose: () => void;
  onChanged: () => void;
}

/** Lets the person choose an archive; UploadProgressDialog then shows its upload. */
export function UploadDialog({ onClose, onChanged }: Props) {
  const t = useTranslations('upload');
  const common = useTranslations('common');
  const { begin } = useUploads();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const take = async (file: File) => {
    setBusy(true);
    const begun = await begin(file);
    setBusy(false);
    if ('problem' in begun) {
      setProblem(begun.problem);
      return;
    }
    onChanged();
    onClose();
    openDialog('upload', begun.id);
  };
  return (
    <Dialog onClose={onClose} title={t('title')} description={t('text')}>
      <DialogBody>
        <div className="grid grid-cols-1 gap-4">
          <DropZone label={t('choose')} busy={busy} onFile={(file) => void take(file)} />
          <ProblemNote problem={problem} />
        </div>
      </DialogBody>
      <DialogFooter>
        <Button onClick={onClose}>{common('cancel')}</Button>
      </DialogFooter>
    </Dialog>
  );
}
