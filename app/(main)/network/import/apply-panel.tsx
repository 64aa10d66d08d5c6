'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { CheckField } from '#app/components/ui/check-field.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { useJobs } from '#app/data/jobs.tsx';
import { useSend } from '#app/data/use-send.ts';
import {
  ApplyImportDocument,
  type ImportPartsFragment,
} from '#generated/graphql/client/graphql.ts';
import { countOf, states } from './counts.ts';

interface Props {
  found: ImportPartsFragment;
  onChange: () => void;
}

/** What applying would do, and the button that does it. */
export function ApplyPanel({ found, onChange }: Props) {
  const t = useTranslations('importPage');
  const { add } = useJobs();
  const [goodRowsOnly, setGoodRowsOnly] = useState(false);
  const { send, sending, problem } = useSend(ApplyImportDocument);
  const wrong = countOf(found, 'WRONG');
  const written = countOf(found, 'NEW', 'UPDATED');
  const apply = async () => {
    const answer = await send({ id: found.id, goodRowsOnly });
    if (answer) add(answer.applyImport.job);
    onChange();
  };
  return (
    <Panel
      title={found.fileName}
      text={t('previewText')}
      aside={
        <Button
          look="primary"
          busy={sending}
          disabled={written === 0 || (wrong > 0 && !goodRowsOnly)}
          onClick={() => void apply()}
        >
          {t('apply', { count: written })}
        </Button>
      }
    >
      <Counts found={found} />
      {wrong > 0 && (
        <div className="mt-4">
          <CheckField
            label={t('goodRowsOnly')}
            hint={t('goodRowsOnlyHint')}
            checked={goodRowsOnly}
            onChange={setGoodRowsOnly}
          />
        </div>
      )}
      <ProblemNote problem={problem} className="mt-4" />
    </Panel>
  );
}

function Counts({ found }: { found: ImportPartsFragment }) {
  const t = useTranslations('importPage');
  const kinds = useTranslations('network.kinds');
  const format = useFormatter();
  return (
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5">
      {states.map((state) => (
        <div key={state} className="rounded-lg bg-sunken px-3 py-2.5">
          <dt className="text-ink-2 text-xs">{t(`states.${state}`)}</dt>
          <dd className="mt-0.5 font-semibold text-lg tabular-nums">
            {format.number(countOf(found, state))}
          </dd>
          <dd className="text-ink-3 text-xs">
            {found.counts
              .filter((count) => count.state === state)
              .map(({ kind, count }) => `${kinds(kind)} ${format.number(count)}`)
              .join(' · ')}
          </dd>
        </div>
      ))}
    </dl>
  );
}
