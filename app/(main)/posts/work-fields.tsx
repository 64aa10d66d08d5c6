'use client';

import { useTranslations } from 'next-intl';
import { SelectField, TextField } from '#app/components/ui/text-fields.tsx';
import type { Problem } from '#app/data/problem.ts';
import type { PostWork } from '#generated/graphql/client/graphql.ts';

const states: readonly PostWork[] = ['NONE', 'OPEN', 'DONE'];

/** `dueOn`: as a date field has it, empty for no day. */
export interface Work {
  readonly state: PostWork;
  readonly dueOn: string;
}

interface Props {
  work: Work;
  onWork: (work: Work) => void;
  problem: Problem | null;
}

/** Whether a post is work on its element, and by when. */
export function WorkFields({ work, onWork, problem }: Props) {
  const t = useTranslations('posts');
  const option = useTranslations('network.options.work');
  const common = useTranslations('common');
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField
        label={t('work.label')}
        value={work.state}
        onChange={(event) =>
          onWork({ ...work, state: states.find((one) => one === event.target.value) ?? 'NONE' })
        }
        options={states.map((value) => ({ value, label: option(value) }))}
        error={problem?.fields.work}
      />
      {work.state !== 'NONE' && (
        <TextField
          type="date"
          max="9999-12-31"
          label={t('work.dueOn')}
          optional={common('optional')}
          value={work.dueOn}
          onChange={(event) => onWork({ ...work, dueOn: event.target.value })}
          error={problem?.fields.dueOn}
        />
      )}
    </div>
  );
}
