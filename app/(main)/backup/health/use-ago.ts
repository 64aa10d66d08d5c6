import { useLocale } from 'next-intl';
import { useEffect, useState } from 'react';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const steps = [
  { unit: 'minute', seconds: MINUTE, below: HOUR },
  { unit: 'hour', seconds: HOUR, below: 2 * DAY },
  { unit: 'day', seconds: DAY, below: 60 * DAY },
  { unit: 'month', seconds: 30 * DAY, below: Number.POSITIVE_INFINITY },
] as const;

/** Describes `at` relative to `now` in its largest unit: "in 5 hours", "3 minutes ago". */
export function agoText(at: string, now: number, locale: string): string {
  const seconds = (Date.parse(at) - now) / 1000;
  const step = steps.find(({ below }) => Math.abs(seconds) < below) ?? steps[3];
  const amount = Math.trunc(seconds / step.seconds);
  // "In 0 minutes" would be "this minute".
  return new Intl.RelativeTimeFormat(locale, { numeric: amount === 0 ? 'auto' : 'always' }).format(
    amount,
    step.unit,
  );
}

/** `agoText` relative to the current time, in the person's language; updates as time passes. */
export function useAgo(): (at: string) => string {
  const locale = useLocale();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), (MINUTE / 2) * 1000);
    return () => clearInterval(timer);
  }, []);
  return (at) => agoText(at, now, locale);
}
