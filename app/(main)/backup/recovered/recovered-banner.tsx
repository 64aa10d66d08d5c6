'use client';

import { LifeBuoy } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { CheckField } from '#app/components/ui/check-field.tsx';
import { ConfirmDialog } from '#app/components/ui/confirm-dialog.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { useSend } from '#app/data/use-send.ts';
import { useRestoredName } from '#app/i18n/use-backup-name.ts';
import { useMoment } from '#app/i18n/use-writing.ts';
import { useMay } from '#app/session/me-context.tsx';
import {
  GoOnAfterRecoveryDocument,
  type RecoveryPausePartsFragment,
} from '#generated/graphql/client/graphql.ts';

interface Props {
  pause: RecoveryPausePartsFragment;
  onGoneOn: () => void;
}

/** After a recovery: what is paused because the old server may still run, and how it goes on. */
export function RecoveredBanner({ pause, onGoneOn }: Props) {
  const t = useTranslations('recovered');
  const may = useMay();
  const name = useRestoredName();
  const moment = useMoment();
  const [asking, setAsking] = useState(false);
  const { backupCreatedAt } = pause;
  return (
    <section
      aria-label={t('label')}
      className="flex flex-wrap items-start gap-x-4 gap-y-3 rounded-xl bg-warn-soft px-4 py-3 text-warn"
    >
      <LifeBuoy aria-hidden className="mt-0.5 size-5 shrink-0" />
      <div className="min-w-0 flex-1 basis-64 text-sm [overflow-wrap:anywhere]">
        <h2 className="font-semibold">
          {backupCreatedAt
            ? t('titleDate', { name: name(pause), date: moment(backupCreatedAt) })
            : t('title', { name: name(pause) })}
        </h2>
        <p className="text-pretty">{t('text')}</p>
      </div>
      {may('backup.configure') && (
        <Button size="small" onClick={() => setAsking(true)}>
          {t('goOn')}
        </Button>
      )}
      {asking && <GoOnDialog pause={pause} onClose={() => setAsking(false)} onGoneOn={onGoneOn} />}
    </section>
  );
}

function GoOnDialog({ pause, onClose, onGoneOn }: Props & { onClose: () => void }) {
  const t = useTranslations('recovered');
  const toast = useToast();
  const { send, sending, problem } = useSend(GoOnAfterRecoveryDocument);
  const { destinationName } = pause;
  const [takeOver, setTakeOver] = useState(destinationName !== null);
  const goOn = async () => {
    if (!(await send({ takeOver }))) return;
    onClose();
    onGoneOn();
    toast({ tone: 'good', title: t('done') });
  };
  return (
    <ConfirmDialog
      onClose={onClose}
      onConfirm={() => void goOn()}
      title={t('dialogTitle')}
      confirmLabel={t('confirm')}
      look="primary"
      busy={sending}
      problem={problem}
    >
      <p>{t('dialogText')}</p>
      {destinationName !== null && (
        <CheckField
          label={t('takeOver', { name: destinationName })}
          hint={t('takeOverHint')}
          checked={takeOver}
          onChange={setTakeOver}
        />
      )}
      <p>{t('notSure')}</p>
    </ConfirmDialog>
  );
}
