'use client';

import { useFormatter, useLocale } from 'next-intl';
import { useMoment } from '#app/i18n/use-writing.ts';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** Bytes in the person's locale: 1.4 MB, 812 kB. Decimal units, as disks are sold. */
export function useBytes(): (bytes: string | number) => string {
  const locale = useLocale();
  return (bytes) => {
    const value = Number(bytes);
    const step = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(value) / 3));
    const scaled = value / 1000 ** step;
    return new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: UNITS[step] ?? 'byte',
      unitDisplay: step === 0 ? 'long' : 'short',
      maximumFractionDigits: step === 0 || scaled >= 100 ? 0 : 1,
    }).format(scaled);
  };
}

/** A date and time as `useMoment` writes them; the title says the zone. */
export function Moment({ at }: { at: string }) {
  const format = useFormatter();
  const moment = useMoment();
  const title = format.dateTime(new Date(at), { dateStyle: 'full', timeStyle: 'long' });
  return (
    <time dateTime={at} title={title}>
      {moment(at)}
    </time>
  );
}

/** A date in the person's locale and the schedule's zone, without the time. */
export function Day({ at }: { at: string }) {
  const format = useFormatter();
  const date = new Date(at);
  return (
    <time dateTime={at} title={format.dateTime(date, { dateStyle: 'full', timeStyle: 'long' })}>
      {format.dateTime(date, { dateStyle: 'medium' })}
    </time>
  );
}

/** A duration in the person's locale, in its largest unit: 40 seconds, 3 minutes, 2 hours. */
export function useDuration(): (seconds: number) => string {
  const locale = useLocale();
  return (seconds) => {
    const minutes = seconds / 60;
    const [unit, amount] =
      minutes < 1
        ? (['second', Math.max(1, seconds)] as const)
        : minutes < 90
          ? (['minute', minutes] as const)
          : (['hour', minutes / 60] as const);
    return new Intl.NumberFormat(locale, {
      style: 'unit',
      unit,
      unitDisplay: 'long',
      maximumFractionDigits: 0,
    }).format(Math.ceil(amount));
  };
}
