'use client';

import { CalendarClock, DatabaseBackup, HardDrive, ShieldCheck } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { classes } from '#app/components/ui/classes.ts';
import { Moment, useBytes, useDuration } from '#app/components/ui/dates.tsx';
import { Link } from '#app/components/ui/link.tsx';
import type { BackupHealthQuery } from '#generated/graphql/client/graphql.ts';
import { useAgo } from './use-ago.ts';

type Health = BackupHealthQuery['backupHealth'];
type Storage = BackupHealthQuery['storage'];

/** A disk that fills later than this needs no warning. */
const FAR_DAYS = 730;

/**
 * The state of the backups at a glance: last good, last tested, next, space. Reserves its place
 * while loading.
 */
export function HealthStrip({ health, storage }: { health?: Health; storage?: Storage }) {
  return (
    <ul className="grid grid-cols-2 gap-px overflow-hidden rounded-xl bg-line shadow-raised ring-1 ring-line lg:grid-cols-4">
      <LastGood health={health} />
      <LastTested health={health} />
      <Next health={health} />
      <Space storage={storage} />
    </ul>
  );
}

function LastGood({ health }: { health?: Health }) {
  const t = useTranslations('health');
  const ago = useAgo();
  const backup = health?.lastGood;
  return (
    <Cell
      icon={<DatabaseBackup aria-hidden className="size-4" />}
      label={t('lastGood')}
      loading={!health}
      bad={health !== undefined && (!backup || health.overdue)}
      value={backup ? ago(backup.createdAt) : t('none')}
      detail={backup && <Moment at={backup.createdAt} />}
    />
  );
}

function LastTested({ health }: { health?: Health }) {
  const t = useTranslations('health');
  const ago = useAgo();
  const duration = useDuration();
  const backup = health?.lastTested;
  const seconds = backup?.restoreSeconds;
  return (
    <Cell
      icon={<ShieldCheck aria-hidden className="size-4" />}
      label={t('lastTested')}
      loading={!health}
      value={backup?.testedAt ? ago(backup.testedAt) : t('none')}
      detail={
        seconds == null ? t('testedHint') : t('restoreTakes', { duration: duration(seconds) })
      }
    />
  );
}

function Next({ health }: { health?: Health }) {
  const t = useTranslations('health');
  const ago = useAgo();
  const at = health?.nextRunAt;
  return (
    <Cell
      icon={<CalendarClock aria-hidden className="size-4" />}
      label={t('next')}
      loading={!health}
      bad={health !== undefined && !at}
      value={at ? ago(at) : t('off')}
      detail={
        <Link href="/backup/schedule" className="underline-offset-4 hover:underline">
          {at ? <Moment at={at} /> : t('toSchedule')}
        </Link>
      }
    />
  );
}

function Space({ storage }: { storage?: Storage }) {
  const t = useTranslations('health');
  const bytes = useBytes();
  const format = useFormatter();
  const free = storage?.freeBytes;
  const { daysUntilFull: days, missingBytes } = storage?.forecast ?? {};
  const used = t('used', { size: bytes(storage?.backupBytes ?? '0') });
  const later =
    days == null || days > FAR_DAYS
      ? used
      : t('fullIn', { days: format.number(Math.floor(days)), count: Math.floor(days) });
  const detail = missingBytes == null ? later : t('missing', { size: bytes(missingBytes) });
  return (
    <Cell
      icon={<HardDrive aria-hidden className="size-4" />}
      label={t('space')}
      loading={!storage}
      bad={storage !== undefined && storage.level !== 'OK'}
      value={free == null ? t('unknown') : t('free', { size: bytes(free) })}
      detail={detail}
    />
  );
}

interface CellProps {
  icon: ReactNode;
  label: string;
  value: string;
  detail: ReactNode;
  loading: boolean;
  bad?: boolean;
}

function Cell({ icon, label, value, detail, loading, bad = false }: CellProps) {
  return (
    <li className="grid min-w-0 content-start gap-0.5 bg-surface p-4">
      <span className="flex items-center gap-2 text-[13px] text-ink-3">
        <span className={bad ? 'text-warn' : 'text-accent'}>{icon}</span>
        {label}
      </span>
      {loading ? (
        <span aria-hidden className="grid gap-2 pt-2 pb-1.5">
          <span className="h-3.5 w-3/4 animate-breathe rounded bg-line" />
          <span className="h-2.5 w-1/2 animate-breathe rounded bg-line" />
        </span>
      ) : (
        <>
          <span
            className={classes(
              'truncate font-semibold text-[15px] tracking-tight first-letter:uppercase',
              bad && 'text-warn',
            )}
          >
            {value}
          </span>
          <span className="text-pretty text-ink-3 text-xs">{detail}</span>
        </>
      )}
    </li>
  );
}
