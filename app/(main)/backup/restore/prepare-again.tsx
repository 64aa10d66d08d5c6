'use client';

import { useTranslations } from 'next-intl';
import { Button } from '#app/components/ui/button.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { useJobs } from '#app/data/jobs.tsx';
import { useSend } from '#app/data/use-send.ts';
import { StageRestoreDocument } from '#generated/graphql/client/graphql.ts';
import { openRestore } from './restore-address.ts';

/** Stages the backup once more, in a restore of its own. */
export function PrepareAgain({ backupId }: { backupId: string }) {
  const t = useTranslations('restore');
  const { add } = useJobs();
  const { send, sending, problem } = useSend(StageRestoreDocument);
  const prepare = async () => {
    const answer = await send({ backupId });
    if (!answer) return;
    add(answer.stageRestore.job);
    openRestore(answer.stageRestore.restore.id);
  };
  return (
    <div className="grid justify-items-start gap-3">
      <Button busy={sending} onClick={() => void prepare()}>
        {t('prepareAgain')}
      </Button>
      <ProblemNote problem={problem} />
    </div>
  );
}
