'use client';

import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { useAgo } from '#app/(main)/backup/health/use-ago.ts';
import { Moment, useBytes, useDuration } from '#app/components/ui/dates.tsx';
import { useBackupName } from '#app/i18n/use-backup-name.ts';
import type { DestinationPartsFragment } from '#generated/graphql/client/graphql.ts';
import { isFrozen } from './new-place.ts';
import { useWeekdays } from './use-weekdays.ts';

type Destination = DestinationPartsFragment;

/** What lies in a destination, what was sent last, and when it was read back. */
export function DestinationFacts({ destination }: { destination: Destination }) {
  const t = useTranslations('destinations');
  const bytes = useBytes();
  const weekdays = useWeekdays();
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
      {destination.lockDays !== null && (
        <Fact label={t('locked')}>{t('lockedFor', { days: destination.lockDays })}</Fact>
      )}
      {destination.storageClass && (
        <Fact label={t('storageClassFact')}>
          {t(`storageClasses.${destination.storageClass}`)}
          {isFrozen(destination.storageClass) && <Small>{t('notReadBackFrozen')}</Small>}
        </Fact>
      )}
      {destination.nextSendAt && (
        <Fact label={t('nextSend')}>
          <Moment at={destination.nextSendAt} />
          <Small>{weekdays.shortNames(destination.sendDays)}</Small>
        </Fact>
      )}
      {destination.lastRun?.writes != null && (
        <Fact label={t('requests')}>
          <Requests run={destination.lastRun} currency={destination.prices?.currency} />
        </Fact>
      )}
      {destination.monthlyCost && (
        <Fact label={t('cost')}>
          <Cost cost={destination.monthlyCost} />
        </Fact>
      )}
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

type Run = NonNullable<Destination['lastRun']>;

/** Of the last good run, with what they cost by estimate. */
function Requests({ run, currency }: { run: Run; currency: string | undefined }) {
  const t = useTranslations('destinations');
  const money = useMoney();
  return (
    <>
      {t('requestCounts', { writes: run.writes ?? 0, reads: run.reads ?? 0 })}
      {run.cost != null && currency && (
        <Small>{t('about', { amount: money(run.cost, currency) })}</Small>
      )}
    </>
  );
}

function Cost({ cost }: { cost: NonNullable<Destination['monthlyCost']> }) {
  const t = useTranslations('destinations');
  const money = useMoney();
  const { storage, requests, currency } = cost;
  return (
    <>
      {t('about', { amount: money(storage + requests, currency) })}
      <Small>
        {t('costParts', {
          storage: money(storage, currency),
          requests: money(requests, currency),
        })}
      </Small>
    </>
  );
}

/** Small amounts keep two digits that say something. */
function useMoney(): (amount: number, currency: string) => string {
  const format = useFormatter();
  return (amount, currency) =>
    amount >= 0.01 || amount === 0
      ? format.number(amount, { style: 'currency', currency })
      : format.number(amount, { style: 'currency', currency, maximumSignificantDigits: 2 });
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
