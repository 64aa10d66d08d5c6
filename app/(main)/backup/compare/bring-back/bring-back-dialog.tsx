'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useQuery } from 'urql';
import { JobProgress } from '#app/components/jobs/job-progress.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { Dialog, DialogBody, DialogFooter } from '#app/components/ui/dialog.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { problemOf } from '#app/data/problem.ts';
import {
  BringBackPreviewDocument,
  type ChangeSelection,
  type ConflictChoiceInput,
} from '#generated/graphql/client/graphql.ts';
import type { Compare } from '../compare-types.ts';
import { useSideNames } from '../use-side-names.ts';
import { Conflicts } from './conflicts.tsx';
import type { Deeds } from './deeds.ts';
import { Preview } from './preview.tsx';
import { useBringBack } from './use-bring-back.ts';
import { isWritten } from './written.ts';

interface Props {
  compare: Compare;
  selection: ChangeSelection;
  deeds: Deeds;
  onClose: () => void;
  /** Called once it is brought back. */
  onDone: () => void;
}

/** Shows what bringing back would do, lets people decide on conflicts, and does it. */
export function BringBackDialog({ compare, selection, deeds, onClose, onDone }: Props) {
  const t = useTranslations('bringBack');
  const { from } = useSideNames(compare);
  const [choices, setChoices] = useState<readonly ConflictChoiceInput[]>([]);
  const input = { compareId: compare.id, selection, ...deeds, choices: [...choices] };
  const [{ data, error, fetching }, read] = useQuery({
    query: BringBackPreviewDocument,
    variables: input,
    requestPolicy: 'network-only',
  });
  const preview = error ? null : (data?.bringBackPreview ?? null);
  const work = useBringBack({
    onDone: () => {
      onDone();
      onClose();
    },
    onRefused: () => read({ requestPolicy: 'network-only' }),
  });
  const close = work.busy ? () => {} : onClose;
  return (
    <Dialog wide onClose={work.job ? onClose : close} title={t('title', { name: from })}>
      <DialogBody>
        <div className="grid gap-5" aria-busy={fetching}>
          {work.job ? (
            <Working job={work.job} />
          ) : (
            <>
              <ChangedNote shown={work.changedSince} />
              <ProblemNote problem={error ? problemOf(error) : work.problem} />
              {preview ? (
                <>
                  <Conflicts
                    preview={preview}
                    choices={choices}
                    busy={fetching}
                    onChoose={setChoices}
                  />
                  <Preview preview={preview} />
                </>
              ) : (
                fetching && <ProgressBar fraction={null} label={t('looking')} />
              )}
            </>
          )}
        </div>
      </DialogBody>
      <DialogFooter>
        {work.job ? (
          <Button look="primary" onClick={onClose}>
            {t('goOnWorking')}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{t('cancel')}</Button>
            <Button
              look="primary"
              busy={work.busy}
              disabled={fetching || !preview?.counts.some(isWritten)}
              onClick={() => preview && void work.send({ ...input, digest: preview.digest })}
            >
              {work.changedSince ? t('confirmAgain') : t('confirm')}
            </Button>
          </>
        )}
      </DialogFooter>
    </Dialog>
  );
}

function Working({ job }: { job: NonNullable<ReturnType<typeof useBringBack>['job']> }) {
  const t = useTranslations('bringBack');
  return (
    <div className="grid gap-4 py-2">
      <JobProgress job={job} />
      <p className="text-pretty text-ink-2 text-sm">{t('workingText')}</p>
    </div>
  );
}

/** Something else would be done by then, so nothing was: what follows is how it is now. */
function ChangedNote({ shown }: { shown: boolean }) {
  const t = useTranslations('bringBack');
  if (!shown) return null;
  return (
    <p role="alert" className="rounded-lg bg-warn-soft px-3 py-2.5 text-sm text-warn">
      {t('changedSince')}
    </p>
  );
}
