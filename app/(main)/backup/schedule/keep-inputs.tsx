'use client';

import { useTranslations } from 'next-intl';
import { TextField } from '#app/components/ui/text-fields.tsx';
import type { FieldProblem } from '#app/data/problem.ts';
import { type Keep, keepFields } from './retention-rule.ts';

interface Props {
  keep: Keep;
  problems: Readonly<Record<string, FieldProblem>>;
  onChange: (changed: Partial<Keep>) => void;
}

/** The four numbers of a retention. */
export function KeepInputs({ keep, problems, onChange }: Props) {
  const t = useTranslations('schedule');
  return (
    <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
      {keepFields.map((field) => (
        <TextField
          key={field}
          type="number"
          min={field === 'keepLast' ? 1 : 0}
          max={10_000}
          step={1}
          label={t(field)}
          value={keep[field]}
          onChange={(event) => onChange({ [field]: event.target.value })}
          error={problems[field]}
          required
        />
      ))}
    </div>
  );
}
