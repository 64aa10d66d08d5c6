'use client';

import { CircleCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '#app/components/ui/button.tsx';
import { DialogBody, DialogFooter } from '#app/components/ui/dialog.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { usePage } from '#app/data/graphql-provider.tsx';
import { useMoment } from '#app/i18n/use-writing.ts';
import type { StepProps } from './step.ts';

/** The restore is applied, and can be undone. */
export function AppliedStep({ restore, onClose }: StepProps) {
  const t = useTranslations('restore');
  const { swapping } = usePage();
  const moment = useMoment();
  return (
    <>
      <DialogBody>
        <div role="status" className="flex gap-3 rounded-lg bg-good-soft p-4 text-good text-sm">
          <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0" />
          <div className="grid gap-1">
            <p className="font-medium">
              {t('applied', { date: moment(restore.appliedAt ?? restore.createdAt) })}
            </p>
            {restore.canUndo && restore.undoUntil && (
              <p>{t('appliedUndo', { date: moment(restore.undoUntil) })}</p>
            )}
            {restore.asAnnounced && <p>{t('asAnnounced')}</p>}
          </div>
        </div>
      </DialogBody>
      <DialogFooter>
        <Link
          href="/network"
          className="inline-flex h-9 items-center rounded-md px-3.5 font-medium text-ink-2 text-sm hover:bg-line/60 hover:text-ink"
        >
          {t('seeNetwork')}
        </Link>
        <Button look="primary" busy={swapping} onClick={onClose}>
          {t('close')}
        </Button>
      </DialogFooter>
    </>
  );
}
