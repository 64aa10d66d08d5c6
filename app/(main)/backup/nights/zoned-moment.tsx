'use client';

import { useFormatter } from 'next-intl';
import { useWriting } from '#app/i18n/use-writing.ts';
import { momentText } from '#errors/moment-text.ts';

interface Props {
  at: string;
  timeZone: string;
  /** The zone is named beside it. */
  named?: boolean;
}

/** An instant in a zone that is not always the schedule's of today: named where the browser's clock differs. */
export function ZonedMoment({ at, timeZone, named = false }: Props) {
  const format = useFormatter();
  const writing = useWriting();
  const date = new Date(at);
  const ownZone = named ? timeZone : writing.ownZone;
  return (
    <time
      dateTime={at}
      title={format.dateTime(date, { dateStyle: 'full', timeStyle: 'long', timeZone })}
    >
      {momentText(date, { ...writing, timeZone, ownZone })}
    </time>
  );
}
