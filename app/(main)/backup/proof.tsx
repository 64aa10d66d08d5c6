'use client';

import { ShieldAlert, ShieldCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import {
  type BackupPartsFragment,
  VerifyBackupDocument,
} from '../../../generated/graphql/client/graphql.ts';
import { JobProgress } from '../../components/jobs/job-progress.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Moment, useDuration } from '../../components/ui/dates.tsx';
import { useSendOrToast } from '../../components/ui/use-send-or-toast.ts';
import { useJobs } from '../../data/jobs.tsx';
import { problemOfFailure } from '../../data/problem.ts';
import { useProblemText } from '../../data/use-problem-text.ts';
import { useMay } from '../../session/me-context.tsx';

/** When the backup was last shown to restore, how long that takes, and the way to show it now. */
export function Proof({ backup }: { backup: BackupPartsFragment }) {
  const may = useMay();
  const { active, add } = useJobs();
  const t = useTranslations('details');
  const { send, sending } = useSendOrToast(VerifyBackupDocument);
  const running = active.find(
    (job) => job.kind === 'VERIFY_BACKUP' && job.targetBackupId === backup.id,
  );
  const prove = async () => {
    const answer = await send({ id: backup.id });
    if (answer) add(answer.verifyBackup.job);
  };
  return (
    <div className="grid justify-items-start gap-2">
      <Verdict backup={backup} />
      {running ? (
        <div className="w-full">
          <JobProgress job={running} />
        </div>
      ) : (
        may('backup.create') && (
          <Button size="small" busy={sending} onClick={() => void prove()}>
            {t('proveNow')}
          </Button>
        )
      )}
    </div>
  );
}

function Verdict({ backup }: { backup: BackupPartsFragment }) {
  const t = useTranslations('details');
  const duration = useDuration();
  const textOf = useProblemText();
  const { provenAt, restoreSeconds, drillFailedAt, drillError } = backup;
  const failure = drillError && textOf(problemOfFailure(drillError));
  if (drillFailedAt)
    return (
      <div className="flex gap-2 text-danger">
        <ShieldAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
        <div>
          <p>
            {t('drillFailed')} <Moment at={drillFailedAt} />
          </p>
          {failure && <p>{failure.message}</p>}
        </div>
      </div>
    );
  if (!provenAt) return <p className="text-ink-3">{t('notProven')}</p>;
  return (
    <p className="flex gap-2">
      <ShieldCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-good" />
      <span>
        <Moment at={provenAt} />
        {restoreSeconds != null && (
          <span className="text-ink-2">
            {' · '}
            {t('restoreTakes', { duration: duration(restoreSeconds) })}
          </span>
        )}
      </span>
    </p>
  );
}
