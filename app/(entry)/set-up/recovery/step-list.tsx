'use client';

import { Check, X } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { classes } from '#app/components/ui/classes.ts';
import { useBytes } from '#app/components/ui/dates.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { Spinner } from '#app/components/ui/spinner.tsx';
import type { RecoveryPartsFragment, RecoveryStep } from '#generated/graphql/client/graphql.ts';

type Source = RecoveryPartsFragment['source'];
type State = 'done' | 'now' | 'next' | 'failed';

const last = ['STAGE', 'FILES', 'APPLY'] as const;
const stepsOf = {
  PLACE: ['KEY', 'CATALOGUE', 'FETCH', ...last],
  FILE: ['KEY', 'UPLOAD', 'CHECK', ...last],
  UPLOAD: ['KEY', 'UPLOAD', 'CHECK', ...last],
} as const satisfies Record<Source, readonly RecoveryStep[]>;

/** The steps of a recovery, with the progress of the one that is under way. */
export function StepList({ recovery }: { recovery: RecoveryPartsFragment }) {
  const t = useTranslations('recovery');
  const { source, step, failure } = recovery;
  const steps: readonly RecoveryStep[] = stepsOf[source];
  const at = steps.indexOf(step);
  const stateOf = (n: number): State => {
    if (n < at) return 'done';
    if (n > at) return 'next';
    return failure ? 'failed' : 'now';
  };
  return (
    <ol aria-label={t('stepsLabel')} className="grid gap-1">
      {stepsOf[source].map((each, n) => (
        <li
          key={each}
          aria-current={n === at ? 'step' : undefined}
          className="grid grid-cols-[1.5rem_minmax(0,1fr)] items-start gap-x-3 gap-y-1.5 py-1"
        >
          <Mark state={stateOf(n)} />
          <div className="grid gap-1.5">
            <span
              className={classes('text-sm', stateOf(n) === 'next' ? 'text-ink-3' : 'font-medium')}
            >
              {t(`steps.${source === 'FILE' && each === 'UPLOAD' ? 'COPY' : each}`)}
              <span className="sr-only">, {t(`stepStates.${stateOf(n)}`)}</span>
            </span>
            {stateOf(n) === 'now' && each !== 'KEY' && <Amount recovery={recovery} />}
          </div>
        </li>
      ))}
    </ol>
  );
}

function Mark({ state }: { state: State }) {
  const look = {
    done: 'bg-good-soft text-good',
    now: 'text-accent',
    next: 'ring-1 ring-line-strong ring-inset',
    failed: 'bg-danger-soft text-danger',
  }[state];
  return (
    <span aria-hidden className={classes('grid size-6 place-items-center rounded-full', look)}>
      {state === 'done' && <Check className="size-3.5" />}
      {state === 'now' && <Spinner />}
      {state === 'failed' && <X className="size-3.5" />}
    </span>
  );
}

function Amount({ recovery }: { recovery: RecoveryPartsFragment }) {
  const t = useTranslations('recovery');
  const bytes = useBytes();
  const format = useFormatter();
  const { source, step, progress } = recovery;
  // What is sent from this page has its own bar.
  if (step === 'UPLOAD' && source === 'UPLOAD') return null;
  const { done, total, unit } = progress;
  const show = (value: string) => (unit === 'bytes' ? bytes(value) : format.number(Number(value)));
  const isKnown = Number(total) > 0;
  return (
    <div className="grid gap-1">
      <ProgressBar
        fraction={isKnown ? Math.min(1, Number(done) / Number(total)) : null}
        label={step === 'DONE' ? t('doneTitle') : t(`steps.${step}`)}
      />
      {isKnown && (
        <span className="text-ink-3 text-xs tabular-nums">
          {show(done)} / {show(total)}
        </span>
      )}
    </div>
  );
}
