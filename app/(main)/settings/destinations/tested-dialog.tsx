'use client';

import {
  CircleAlert,
  CircleCheck,
  CircleMinus,
  type LucideIcon,
  TriangleAlert,
} from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '#app/components/ui/button.tsx';
import { classes } from '#app/components/ui/classes.ts';
import { Dialog, DialogBody, DialogFooter } from '#app/components/ui/dialog.tsx';
import { problemOfFailure } from '#app/data/problem.ts';
import { useProblemText } from '#app/data/use-problem-text.ts';
import type {
  DestinationPartsFragment,
  DestinationStepOutcome,
} from '#generated/graphql/client/graphql.ts';

type Step = DestinationPartsFragment['steps'][number];

interface Props {
  destination: DestinationPartsFragment;
  onClose: () => void;
}

/** What the last test of a destination found, step by step. */
export function TestedDialog({ destination: { name, steps }, onClose }: Props) {
  const t = useTranslations('destinations');
  const common = useTranslations('common');
  const failed = steps.some(({ outcome }) => outcome === 'FAILED');
  return (
    <Dialog
      onClose={onClose}
      title={t('testOf', { name })}
      description={failed ? t('testFailed') : t('testPassed')}
    >
      <DialogBody>
        <ul className="grid gap-3 text-sm">
          {steps.map((step) => (
            <StepRow key={step.step} step={step} />
          ))}
        </ul>
      </DialogBody>
      <DialogFooter>
        <Button look="primary" onClick={onClose}>
          {common('close')}
        </Button>
      </DialogFooter>
    </Dialog>
  );
}

const looks: Record<DestinationStepOutcome, { icon: LucideIcon; color: string }> = {
  OK: { icon: CircleCheck, color: 'text-good' },
  WARNING: { icon: TriangleAlert, color: 'text-warn' },
  FAILED: { icon: CircleAlert, color: 'text-danger' },
  SKIPPED: { icon: CircleMinus, color: 'text-ink-3' },
};

function StepRow({ step: { step, outcome, failure } }: { step: Step }) {
  const t = useTranslations('destinations');
  const textOf = useProblemText();
  const { icon: Icon, color } = looks[outcome];
  const text = failure && textOf(problemOfFailure(failure));
  return (
    <li className="flex items-start gap-2.5">
      <Icon aria-hidden className={classes('mt-0.5 size-4 shrink-0', color)} />
      <div className="min-w-0 [overflow-wrap:anywhere]">
        <p className={classes(outcome === 'SKIPPED' && 'text-ink-3')}>
          {t(`steps.${step}`)}
          <span className={outcome === 'SKIPPED' ? undefined : 'sr-only'}>
            {' · '}
            {t(`outcomes.${outcome}`)}
          </span>
        </p>
        {text && (
          <p className={classes('text-pretty text-[13px]', color)}>
            {text.message} {text.hint}
          </p>
        )}
      </div>
    </li>
  );
}
