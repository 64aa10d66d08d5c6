'use client';

import { useTranslations } from 'next-intl';
import { Button } from '../../components/ui/button.tsx';
import { Dialog, DialogFooter } from '../../components/ui/dialog.tsx';

/** Says that backups cannot be uploaded yet. */
export function UploadDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('backup');
  const common = useTranslations('common');
  return (
    <Dialog onClose={onClose} title={t('uploadTitle')} description={t('uploadText')}>
      <DialogFooter>
        <Button look="primary" onClick={onClose}>
          {common('close')}
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
