'use client';

import { usePathname } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { useQuery } from 'urql';
import { Dialog, DialogBody } from '#app/components/ui/dialog.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { usePage } from '#app/data/graphql-provider.tsx';
import { useJobEnd } from '#app/data/jobs.tsx';
import { problemOf } from '#app/data/problem.ts';
import { useSystemEvent } from '#app/data/system-events.tsx';
import { useRestoredName } from '#app/i18n/use-backup-name.ts';
import { useMoment } from '#app/i18n/use-writing.ts';
import { useMay } from '#app/session/me-context.tsx';
import { RestoreDocument } from '#generated/graphql/client/graphql.ts';
import { AppliedStep } from './applied-step.tsx';
import { ChooseStep } from './choose-step.tsx';
import { DecideStep } from './decide-step.tsx';
import { EndedStep } from './ended-step.tsx';
import { openRestore, useOpenRestore } from './restore-address.ts';
import { StagingStep } from './staging-step.tsx';
import type { StepProps } from './step.ts';
import { useCompareWithNow } from './use-compare-with-now.ts';

/**
 * The dialog of a restore: see what would change, prepare, apply, done. The server decides which step it shows.
 * It is mounted outside the page, because a swap rebuilds the page and any dialog inside it.
 */
export function RestoreDialog() {
  const id = useOpenRestore();
  const may = useMay();
  const shown = usePathname() === '/backup' && may('backup.view');
  return id && shown ? <OpenDialog key={id} id={id} /> : null;
}

function OpenDialog({ id }: { id: string }) {
  const t = useTranslations('restore');
  const moment = useMoment();
  const restoredName = useRestoredName();
  const [{ data, error, fetching }, read] = useQuery({ query: RestoreDocument, variables: { id } });
  const refresh = () => read({ requestPolicy: 'network-only' });
  useSystemEvent((event) => {
    if (event.kind === 'RESTORES_CHANGED') refresh();
  });
  useJobEnd((job) => {
    if (job.restoreId === id) refresh();
  });
  const [closed, close] = useClosing();
  const restore = data?.restore;
  const date = restore
    ? moment(restore.backupCreatedAt, { dateStyle: 'full', timeStyle: 'short' })
    : undefined;
  if (closed) return null;
  return (
    <Dialog
      wide
      onClose={close}
      title={restore ? t('title', { name: restoredName(restore) }) : t('titleLoading')}
      description={date}
    >
      {restore ? (
        <Step restore={restore} onClose={close} onChanged={refresh} />
      ) : (
        <DialogBody>
          {error ? (
            <ProblemNote problem={problemOf(error)} />
          ) : fetching ? (
            <ProgressBar fraction={null} label={t('preparing')} />
          ) : (
            <p className="text-ink-2 text-sm">{t('unknown')}</p>
          )}
        </DialogBody>
      )}
    </Dialog>
  );
}

/**
 * Whether somebody closed the dialog, and what closes it: at once for them. The address follows when the page has read
 * the new network: Next drops a refresh that a new address meets, and then never says that it is over.
 */
function useClosing(): [closed: boolean, close: () => void] {
  const { swapping } = usePage();
  const [closed, setClosed] = useState(false);
  useEffect(() => {
    if (closed && !swapping) openRestore(null);
  }, [closed, swapping]);
  return [closed, () => setClosed(true)];
}

function Step(props: StepProps) {
  const seen = useCompareWithNow(props.restore);
  const [everything, setEverything] = useState(false);
  if (seen && !everything)
    return <ChooseStep {...props} seen={seen} onEverything={() => setEverything(true)} />;
  switch (props.restore.status) {
    case 'STAGING':
      return <StagingStep {...props} />;
    case 'STAGED':
      return <DecideStep {...props} seen={seen} />;
    case 'APPLIED':
      return <AppliedStep {...props} />;
    default:
      return <EndedStep {...props} />;
  }
}
