'use client';

import { useFormatter } from 'next-intl';

interface Props {
  at: string;
  timeZone: string;
  /** Also as what scripts ask for: the instant in UTC. */
  utc?: boolean;
}

/** An instant as the clocks of a time zone show it, whatever the browser's zone. */
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
