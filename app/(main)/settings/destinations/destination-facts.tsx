'use client';

import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useAgo } from '#app/(main)/backup/health/use-ago.ts';
import { Moment, useBytes, useDuration } from '#app/components/ui/dates.tsx';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import type { DestinationPartsFragment } from '#generated/graphql/client/graphql.ts';

type Destination = DestinationPartsFragment;

/** What lies in a destination, what was sent last, and when it was read back. */
export function DestinationFacts({ destination }: { destination: Destination }) {
  const t = useTranslations('destinations');
  const bytes = useBytes();
  const { newest, checkedSince } = destination;
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-4 border-line border-t pt-4 text-sm lg:grid-cols-4">
      <Fact label={t('newest')}>
        {newest ? <Newest newest={newest} /> : <None>{t('noBackup')}</None>}
      </Fact>
      <Fact label={t('stored')}>
        {bytes(destination.bytes)}
        <Small>{t('objects', { count: destination.objects })}</Small>
      </Fact>
      <Fact label={t('lastRun')}>
        <LastRun destination={destination} />
      </Fact>
      <Fact label={t('readBack')}>
        {checkedSince ? <ReadBack since={checkedSince} /> : <None>{t('notReadBack')}</None>}
      </Fact>
    </dl>
  );
}

function Newest({ newest }: { newest: NonNullable<Destination['newest']> }) {
  const ago = useAgo();
  const name = useBackupName()(newest);
  return (
    <>
      <span className="line-clamp-2 [overflow-wrap:anywhere]" title={name}>
        {name}
      </span>
      <Small>{ago(newest.createdAt)}</Small>
    </>
  );
}

function LastRun({ destination: { lastRun, lastGoodAt } }: { destination: Destination }) {
  const t = useTranslations('destinations');
  const bytes = useBytes();
  const duration = useDuration();
  if (!lastRun) return <None>{t('noRun')}</None>;
  const sent = { bytes: bytes(lastRun.bytes), duration: duration(lastRun.seconds) };
  return (
    <>
      {t('sentIn', sent)}
      {lastGoodAt && (
        <Small>
          <Moment at={lastGoodAt} />
        </Small>
      )}
    </>
  );
}

/** Runs read a share back each time, so the oldest one says how far back all of it was read. */
function ReadBack({ since }: { since: string }) {
  const t = useTranslations('destinations');
  return (
    <>
      {t('allReadBack')}
      <Small>{t.rich('readBackSince', { date: () => <Moment at={since} /> })}</Small>
    </>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-ink-3 text-xs">{label}</dt>
      <dd className="mt-0.5 [overflow-wrap:anywhere]">{children}</dd>
    </div>
  );
}

function Small({ children }: { children: ReactNode }) {
  return <span className="block text-ink-3 text-xs">{children}</span>;
}

function None({ children }: { children: ReactNode }) {
  return <span className="text-ink-3">{children}</span>;
}
