'use client';

import { ShieldAlert, ShieldCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { JobProgress } from '#app/components/jobs/job-progress.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { Moment, useDuration } from '#app/components/ui/dates.tsx';
import { useSendOrToast } from '#app/components/ui/use-send-or-toast.ts';
import { useJobs } from '#app/data/jobs.tsx';
import { problemOfFailure } from '#app/data/problem.ts';
import { useProblemText } from '#app/data/use-problem-text.ts';
import { useMay } from '#app/session/me-context.tsx';
import { type BackupPartsFragment, TestBackupDocument } from '#generated/graphql/client/graphql.ts';

/** The result of the last restore test, how long a restore takes, and a button to test now. */
export function RestoreTest({ backup }: { backup: BackupPartsFragment }) {
  const may = useMay();
  const { active, add } = useJobs();
  const t = useTranslations('details');
  const { send, sending } = useSendOrToast(TestBackupDocument);
  const running = active.find(
    (job) => job.kind === 'TEST_BACKUP' && job.targetBackupId === backup.id,
  );
  const startTest = async () => {
    const answer = await send({ id: backup.id });
    if (answer) add(answer.testBackup.job);
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
          <Button size="small" busy={sending} onClick={() => void startTest()}>
            {t('testNow')}
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
  const { testedAt, restoreSeconds, testFailedAt, testError } = backup;
  const failure = testError && textOf(problemOfFailure(testError));
  if (testFailedAt)
    return (
      <div className="flex gap-2 text-danger">
        <ShieldAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
        <div>
          <p>
            {t('testFailed')} <Moment at={testFailedAt} />
          </p>
          {failure && <p>{failure.message}</p>}
        </div>
      </div>
    );
  if (!testedAt) return <p className="text-ink-3">{t('notTested')}</p>;
  return (
    <p className="flex gap-2">
      <ShieldCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-good" />
      <span>
        <Moment at={testedAt} />
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
