'use client';

import { CircleAlert, TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { classes } from '#app/components/ui/classes.ts';
import { Moment } from '#app/components/ui/dates.tsx';
import { problemOfFailure } from '#app/data/problem.ts';
import { useProblemText } from '#app/data/use-problem-text.ts';
import type {
  DestinationPartsFragment,
  FailurePartsFragment,
} from '#generated/graphql/client/graphql.ts';
import type { DestinationTask } from './destination-tasks.tsx';

type Step = DestinationPartsFragment['steps'][number];

interface Props {
  destination: DestinationPartsFragment;
  onTask: (task: DestinationTask) => void;
}

/** What is wrong with a destination, worst first. */
export function DestinationNotes({ destination, onTask }: Props) {
  const { state, steps, error } = destination;
  const told = (failure: Step['failure']) =>
    failure?.code === error?.code && failure?.reason === error?.reason;
  const found = steps.filter(
    ({ outcome, failure }) =>
      outcome === 'WARNING' || (outcome === 'FAILED' && !(error && told(failure))),
  );
  return (
    <div className="grid gap-2 empty:hidden">
      {state === 'LOST' && <Lost destination={destination} onTask={onTask} />}
      {destination.unreadable.length > 0 && <Unreadable found={destination.unreadable} />}
      {destination.lostObjects > 0 && <Damaged count={destination.lostObjects} />}
      {error && state !== 'LOST' && <Failing destination={destination} error={error} />}
      {(state === 'OVERDUE' || state === 'EMPTY') && <Waiting destination={destination} />}
      {found.map(({ step, outcome, failure }) => (
        <Found key={step} failed={outcome === 'FAILED'} failure={failure ?? null} />
      ))}
    </div>
  );
}

function Lost({ destination: { id }, onTask }: Props) {
  const t = useTranslations('destinations');
  return (
    <Note tone="danger" title={t('lost')} text={t('lostText')}>
      <Button size="small" onClick={() => onTask({ kind: 'takeOver', id })}>
        {t('takeOver')}
      </Button>
    </Note>
  );
}

function Damaged({ count }: { count: number }) {
  const t = useTranslations('destinations');
  return <Note tone="danger" title={t('damaged', { count })} text={t('damagedText')} />;
}

interface FailingProps {
  destination: DestinationPartsFragment;
  error: FailurePartsFragment;
}

function Failing({ destination: { failingSince, nextAttemptAt }, error }: FailingProps) {
  const t = useTranslations('destinations');
  const { message, hint } = useProblemText()(problemOfFailure(error));
  return (
    <Note tone="danger" title={message} text={hint}>
      <p className="text-[13px] opacity-90">
        {failingSince && t.rich('failingSince', { date: () => <Moment at={failingSince} /> })}
        {failingSince && nextAttemptAt && ' · '}
        {nextAttemptAt && t.rich('nextAttempt', { date: () => <Moment at={nextAttemptAt} /> })}
      </p>
    </Note>
  );
}

function Waiting({ destination }: { destination: DestinationPartsFragment }) {
  const t = useTranslations('destinations');
  const { state, nextSendAt, overdueAfterHours: hours } = destination;
  if (state === 'EMPTY')
    return (
      <p className="text-[13px] text-ink-2">
        {nextSendAt
          ? t.rich('emptyUntil', { date: () => <Moment at={nextSendAt} /> })
          : t('emptyText')}
      </p>
    );
  const age =
    hours < 72 ? t('hours', { count: hours }) : t('days', { count: Math.round(hours / 24) });
  return <Note tone="warn" title={t('overdue', { age })} text={t('overdueText')} />;
}

const SHOWN = 3;

/** Names them, since somebody must look at them in the place itself. */
function Unreadable({ found }: { found: DestinationPartsFragment['unreadable'] }) {
  const t = useTranslations('destinations');
  const textOf = useProblemText();
  return (
    <Note tone="warn" title={t('unreadable', { count: found.length })} text={t('unreadableText')}>
      <ul className="grid gap-1 text-[13px]">
        {found.slice(0, SHOWN).map(({ object, failure }) => (
          <li key={object}>
            <span className="font-mono text-xs">{object}</span>
            <span className="block">{textOf(problemOfFailure(failure)).message}</span>
          </li>
        ))}
        {found.length > SHOWN && <li>{t('andMore', { count: found.length - SHOWN })}</li>}
      </ul>
    </Note>
  );
}

/** What the last test found stays in sight until a later one does not find it. */
function Found({ failed, failure }: { failed: boolean; failure: FailurePartsFragment | null }) {
  const textOf = useProblemText();
  if (!failure) return null;
  const { message, hint } = textOf(problemOfFailure(failure));
  return <Note tone={failed ? 'danger' : 'warn'} title={message} text={hint} />;
}

interface NoteProps {
  tone: 'warn' | 'danger';
  title: string;
  text: string;
  children?: ReactNode;
}

function Note({ tone, title, text, children }: NoteProps) {
  const Icon = tone === 'danger' ? CircleAlert : TriangleAlert;
  return (
    <div
      className={classes(
        'flex gap-2.5 rounded-lg px-3 py-2.5 text-sm [overflow-wrap:anywhere]',
        tone === 'danger' ? 'bg-danger-soft text-danger' : 'bg-warn-soft text-warn',
      )}
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="grid min-w-0 justify-items-start gap-0.5">
        <p className="font-medium">{title}</p>
        {text && <p className="text-pretty">{text}</p>}
        {children && <div className="mt-1">{children}</div>}
      </div>
    </div>
  );
}
