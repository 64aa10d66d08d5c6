'use client';

import { useTranslations } from 'next-intl';
import { CommandLine } from '#app/components/ui/command-line.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { Panel } from '#app/components/ui/panel.tsx';
import { useMay } from '#app/session/me-context.tsx';
import type { ScheduleQuery } from '#generated/graphql/client/graphql.ts';
import { useFetchCommand } from './fetch-command.ts';

/** The command with which a script downloads the next automatic backup. */
export function FetchPanel({ schedule }: { schedule: ScheduleQuery['schedule'] }) {
  const t = useTranslations('schedule');
  const may = useMay();
  const command = useFetchCommand();
  const at = schedule.nextRun?.at ?? schedule.lastRun?.scheduled.at;
  return (
    <Panel title={t('fetch')} text={t('fetchText')}>
      <div className="grid gap-4">
        {at && <CommandLine label={t('fetchNight')} text={command(at, null)} />}
        <CommandLine label={t('fetchLatest')} text={command('latest', null)} />
        {may('apikeys.manage') && (
          <Link
            href="/settings/api-keys"
            className="justify-self-start font-medium text-[13px] text-accent underline-offset-4 hover:underline"
          >
            {t('toKeys')}
          </Link>
        )}
      </div>
    </Panel>
  );
}
