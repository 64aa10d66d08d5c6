'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useQuery } from 'urql';
import { PageHeader } from '#app/components/shell/page-header.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { problemOf } from '#app/data/problem.ts';
import {
  KitStateDocument,
  type KitStatePartsFragment,
  type RecoveryKitMutation,
  type RecoveryKitPartsFragment,
} from '#generated/graphql/client/graphql.ts';
import { SettingsTabs } from '../settings-tabs.tsx';
import { AskPassword } from './ask-password.tsx';
import { CheckKit } from './check-kit.tsx';
import { KitSheet } from './kit-sheet.tsx';
import { KitStatus } from './kit-status.tsx';

/** Shows the recovery kit after the person's password, and checks their copy. */
export function RecoveryKitPage({ first }: { first: boolean }) {
  const t = useTranslations('kit');
  const [{ data, error }] = useQuery({ query: KitStateDocument });
  const [newer, setNewer] = useState<KitStatePartsFragment | null>(null);
  const [kit, setKit] = useState<RecoveryKitPartsFragment | null>(null);
  const state = newer ?? data?.kitState;
  const show = (shown: RecoveryKitMutation['recoveryKit']) => {
    setKit(shown.kit);
    setNewer(shown.state);
  };
  return (
    <>
      <div className="print:hidden">
        <PageHeader title={t('title')} description={t('description')}>
          {first && <Later done={state?.checked ?? false} />}
        </PageHeader>
        {!first && <SettingsTabs />}
      </div>
      <div className="grid max-w-3xl gap-6">
        <ProblemNote problem={error ? problemOf(error) : null} />
        {!state && !error && <ProgressBar fraction={null} label={t('reading')} />}
        {kit ? (
          <KitSheet kit={kit} onSaved={() => setKit(null)} />
        ) : (
          state && (
            <>
              <KitStatus state={state} />
              {state.saved && !state.checked && <CheckKit state={state} onChecked={setNewer} />}
              <AskPassword again={state.saved} onKit={show} />
            </>
          )
        )}
      </div>
    </>
  );
}

function Later({ done }: { done: boolean }) {
  const t = useTranslations('kit');
  return (
    <Link
      href="/"
      className="inline-flex h-9 items-center rounded-md px-3.5 font-medium text-sm text-ink-2 hover:bg-sunken hover:text-ink"
    >
      {done ? t('goOn') : t('later')}
    </Link>
  );
}
