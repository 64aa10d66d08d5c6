'use client';

import { useTranslations } from 'next-intl';
import { Moment } from '#app/components/ui/dates.tsx';
import { problemOfFailure } from '#app/data/problem.ts';
import { useProblemText } from '#app/data/use-problem-text.ts';
import type { ExternalCopyPartsFragment } from '#generated/graphql/client/graphql.ts';

type Copy = ExternalCopyPartsFragment;

/** Where a backup is beside this server, and what was tested from there. */
export function CopyList({ copies }: { copies: readonly Copy[] }) {
  const t = useTranslations('copies');
  if (copies.length === 0) return <span className="text-ink-3">{t('none')}</span>;
  return (
    <ul className="grid gap-1.5">
      {copies.map((copy) => (
        <CopyLine key={copy.destinationId} copy={copy} />
      ))}
    </ul>
  );
}

function CopyLine({ copy }: { copy: Copy }) {
  const t = useTranslations('copies');
  const { destinationName, sentAt } = copy;
  return (
    <li>
      <span className="font-medium">{destinationName}</span>
      {sentAt && (
        <span className="text-ink-2">
          {' · '}
          {t.rich('since', { date: () => <Moment at={sentAt} /> })}
        </span>
      )}
      <TestThere copy={copy} />
    </li>
  );
}

function TestThere({ copy: { testedAt, testFailedAt, testError } }: { copy: Copy }) {
  const t = useTranslations('copies');
  const textOf = useProblemText();
  if (testFailedAt)
    return (
      <p className="text-danger">
        {t.rich('testFailedOn', { date: () => <Moment at={testFailedAt} /> })}
        {testError && ` ${textOf(problemOfFailure(testError)).message}`}
      </p>
    );
  if (!testedAt) return null;
  return (
    <p className="text-good">{t.rich('testedOn', { date: () => <Moment at={testedAt} /> })}</p>
  );
}
