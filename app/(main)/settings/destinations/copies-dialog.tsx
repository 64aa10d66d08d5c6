'use client';

import { ShieldAlert, ShieldCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useQuery } from 'urql';
import { JobProgress } from '#app/components/jobs/job-progress.tsx';
import { Badge, type Tone } from '#app/components/ui/badge.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { Moment } from '#app/components/ui/dates.tsx';
import { Dialog, DialogBody } from '#app/components/ui/dialog.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { useSendOrToast } from '#app/components/ui/use-send-or-toast.ts';
import { useJobs } from '#app/data/jobs.tsx';
import { problemOf, problemOfFailure } from '#app/data/problem.ts';
import { useSystemEvent } from '#app/data/system-events.tsx';
import { useProblemText } from '#app/data/use-problem-text.ts';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import { useMay } from '#app/session/me-context.tsx';
import {
  DestinationCopiesDocument,
  type DestinationPartsFragment,
  FetchBackupDocument,
} from '#generated/graphql/client/graphql.ts';
import type { Copy } from './copy.ts';
import { CopyMenu } from './copy-menu.tsx';
import { RemoveCopy } from './remove-copy.tsx';

interface Props {
  destination: DestinationPartsFragment;
  onClose: () => void;
}

/** The backups in a destination; those that are no longer here can be brought back. */
export function CopiesDialog({ destination: { id, name }, onClose }: Props) {
  const t = useTranslations('destinations');
  const [{ data, error }, read] = useQuery({ query: DestinationCopiesDocument });
  useSystemEvent(({ kind }) => {
    if (kind === 'BACKUPS_CHANGED' || kind === 'DESTINATIONS_CHANGED')
      read({ requestPolicy: 'network-only' });
  });
  const [removing, setRemoving] = useState<Copy | null>(null);
  const copies = data?.destinations.find((one) => one.id === id)?.copies;
  return (
    <Dialog onClose={onClose} title={t('copiesOf', { name })} description={t('copiesText')} wide>
      <DialogBody>
        <ProblemNote problem={error && !data ? problemOf(error) : null} />
        {!data && !error && <ProgressBar fraction={null} label={t('reading')} />}
        {copies?.length === 0 && <p className="text-ink-2 text-sm">{t('noBackup')}</p>}
        <ul className="divide-y divide-line">
          {copies?.map((copy) => (
            <CopyRow key={copy.backupId} copy={copy} onRemove={setRemoving} />
          ))}
        </ul>
      </DialogBody>
      {removing && <RemoveCopy copy={removing} onClose={() => setRemoving(null)} />}
    </Dialog>
  );
}

const tones: Record<Copy['status'], Tone> = {
  HERE: 'good',
  SENDING: 'accent',
  CONDEMNED: 'neutral',
};

function CopyRow({ copy, onRemove }: { copy: Copy; onRemove: (copy: Copy) => void }) {
  const t = useTranslations('destinations');
  const name = useBackupName()(copy);
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
          <span className="font-medium [overflow-wrap:anywhere]">{name}</span>
          <Badge tone={tones[copy.status]}>{t(`copyStatuses.${copy.status}`)}</Badge>
          {!copy.backup && <Badge>{t('onlyThere')}</Badge>}
        </p>
        <p className="mt-0.5 text-[13px] text-ink-3">
          <Moment at={copy.createdAt} />
        </p>
        <Tested copy={copy} />
        {copy.status === 'CONDEMNED' && copy.removedAfter && <Goes at={copy.removedAfter} />}
      </div>
      <div className="flex items-center gap-2">
        {!copy.backup && copy.status !== 'SENDING' && <BringBack copy={copy} />}
        <CopyMenu copy={copy} onRemove={() => onRemove(copy)} />
      </div>
    </li>
  );
}

function Goes({ at }: { at: string }) {
  const t = useTranslations('destinations');
  return (
    <p className="mt-0.5 text-[13px] text-ink-3">
      {t.rich('goesAfter', { date: () => <Moment at={at} /> })}
    </p>
  );
}

function Tested({ copy: { testedAt, testFailedAt, testError } }: { copy: Copy }) {
  const t = useTranslations('destinations');
  const textOf = useProblemText();
  const at = testFailedAt ?? testedAt;
  if (!at) return null;
  const Icon = testFailedAt ? ShieldAlert : ShieldCheck;
  return (
    <p
      className={`mt-0.5 flex items-start gap-1.5 text-[13px] ${testFailedAt ? 'text-danger' : 'text-good'}`}
    >
      <Icon aria-hidden className="mt-0.5 size-3.5 shrink-0" />
      <span className="min-w-0">
        {t.rich(testFailedAt ? 'testFailedThere' : 'testedThere', {
          date: () => <Moment at={at} />,
        })}
        {testFailedAt && testError && ` ${textOf(problemOfFailure(testError)).message}`}
      </span>
    </p>
  );
}

function BringBack({ copy: { backupId, destinationId } }: { copy: Copy }) {
  const t = useTranslations('destinations');
  const may = useMay();
  const { active, add } = useJobs();
  const { send, sending } = useSendOrToast(FetchBackupDocument);
  const job = active.find(
    ({ kind, targetBackupId }) => kind === 'FETCH_BACKUP' && targetBackupId === backupId,
  );
  const fetch = async () => {
    const answer = await send({ backupId, destinationId });
    if (answer) add(answer.fetchBackup.job);
  };
  if (job)
    return (
      <div className="w-full sm:w-64">
        <JobProgress job={job} />
      </div>
    );
  if (!may('backup.upload')) return null;
  return (
    <Button size="small" busy={sending} onClick={() => void fetch()}>
      {t('bringBack')}
    </Button>
  );
}
