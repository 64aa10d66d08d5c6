'use client';

import { useFormatter } from 'next-intl';

interface Props {
  at: string;
  timeZone: string;
  /** Adds the instant in UTC, which scripts use. */
  utc?: boolean;
}

/** An instant in the local time of a given zone, independent of the browser's zone. */
export function ZonedMoment({ at, timeZone, utc = false }: Props) {
  const format = useFormatter();
  const date = new Date(at);
  const local = format.dateTime(date, { dateStyle: 'medium', timeStyle: 'short', timeZone });
  return (
    <>
      <time
        dateTime={at}
        title={format.dateTime(date, { dateStyle: 'full', timeStyle: 'long', timeZone })}
      >
        {local}
      </time>
      {utc && (
        <code className="ml-2 whitespace-nowrap font-mono text-[12px] text-ink-3">
          {date.toISOString()}
        </code>
      )}
    </>
  );
}
