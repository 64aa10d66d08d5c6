'use client';

import { Circle, CircleCheck } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Moment } from '#app/components/ui/dates.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { useAuthorName } from '#app/i18n/use-author-name.ts';
import type { KitStatePartsFragment } from '#generated/graphql/client/graphql.ts';

/** Whether somebody has saved the kit, as far as the server knows. */
export function KitStatus({ state }: { state: KitStatePartsFragment }) {
  const t = useTranslations('kit');
  const authorName = useAuthorName();
  return (
    <Panel title={t('status')}>
      <ul className="grid gap-2.5 text-sm">
        <Mark done={state.saved}>
          {state.savedAt
            ? t.rich('savedBy', {
                name: state.savedBy ? authorName(state.savedBy) : '',
                date: () => <Moment at={state.savedAt ?? ''} />,
              })
            : t('notSaved')}
        </Mark>
        <Mark done={state.checked}>
          {state.checkedAt
            ? t.rich('checkedBy', {
                name: state.checkedBy ? authorName(state.checkedBy) : '',
                date: () => <Moment at={state.checkedAt ?? ''} />,
              })
            : t('notChecked')}
        </Mark>
      </ul>
      <p className="mt-4 text-[13px] text-ink-3 [overflow-wrap:anywhere]">
        {t('serverId')} <code className="font-mono">{state.serverId}</code>
      </p>
    </Panel>
  );
}

function Mark({ done, children }: { done: boolean; children: ReactNode }) {
  const Icon = done ? CircleCheck : Circle;
  return (
    <li className="flex items-start gap-2.5">
      <Icon
        aria-hidden
        className={done ? 'mt-0.5 size-4 shrink-0 text-good' : 'mt-0.5 size-4 shrink-0 text-ink-3'}
      />
      <span className={done ? 'min-w-0' : 'min-w-0 text-ink-2'}>{children}</span>
    </li>
  );
}
