'use client';

import { useTranslations } from 'next-intl';
import type { Problem } from '#app/data/problem.ts';
import { KeepInputs } from './keep-inputs.tsx';
import { RetentionPreview } from './retention-preview.tsx';
import { type Keep, validRule } from './retention-rule.ts';

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
      <KeepInputs
        keep={keep}
        problems={problem?.fields ?? {}}
        onChange={(changed) => onChange({ ...keep, ...changed })}
      />
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
