'use client';

import { useTranslations } from 'next-intl';
import { TextField } from '#app/components/ui/text-fields.tsx';
import type { Problem } from '#app/data/problem.ts';
import { RetentionPreview } from './retention-preview.tsx';
import { type Keep, keepFields, validRule } from './retention-rule.ts';

interface Props {
  keep: Keep;
  onChange: (keep: Keep) => void;
  problem: Problem | null;
}

/** How many automatic backups are kept, and what that would remove tonight. */
export function RetentionFields({ keep, onChange, problem }: Props) {
  const t = useTranslations('schedule');
  const rule = validRule(keep);
  return (
    <fieldset>
      <legend className="font-semibold text-sm">{t('retention')}</legend>
      <p className="mt-0.5 mb-4 text-pretty text-[13px] text-ink-2">{t('retentionText')}</p>
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
            onChange={(event) => onChange({ ...keep, [field]: event.target.value })}
            error={problem?.fields[field]}
            required
          />
        ))}
      </div>
      <div className="mt-4">
        {rule ? (
          <RetentionPreview rule={rule} />
        ) : (
          <p className="text-[13px] text-danger">{t('noRule')}</p>
        )}
      </div>
    </fieldset>
  );
}
