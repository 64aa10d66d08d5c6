'use client';

import { useTranslations } from 'next-intl';
import { useBytes, useDuration } from '#app/components/ui/dates.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import type { SendingState } from '#app/transfers/send-archive.ts';
import { secondsLeft } from '#app/transfers/speed-meter.ts';

/** How much is sent, how fast, and how long the rest takes. */
export function SendingProgress({ sending }: { sending: SendingState }) {
  const t = useTranslations('upload');
  const bytes = useBytes();
  const { phase, sentBytes, totalBytes } = sending;
  return (
    <div className="grid gap-1.5">
      <div className="flex flex-wrap justify-between gap-x-4 text-[13px]">
        <span aria-live="polite" className="text-ink-2">
          {t(`phases.${phase}`)}
        </span>
        <span className="text-ink-3 tabular-nums">
          {bytes(sentBytes)} / {bytes(totalBytes)}
        </span>
      </div>
      <ProgressBar fraction={sentBytes / Math.max(1, totalBytes)} label={t('sending')} />
      <Pace sending={sending} />
    </div>
  );
}

function Pace({ sending }: { sending: SendingState }) {
  const t = useTranslations('upload');
  const bytes = useBytes();
  const duration = useDuration();
  const { phase, sentBytes, totalBytes, bytesPerSecond } = sending;
  if (phase === 'waiting') return <p className="text-[13px] text-warn">{t('waitingText')}</p>;
  if (phase !== 'sending' || bytesPerSecond === null) return <p className="h-5" />;
  const left = secondsLeft(sentBytes, totalBytes, bytesPerSecond);
  return (
    <p className="flex justify-between gap-4 text-[13px] text-ink-3 leading-5 tabular-nums">
      <span>{t('speed', { size: bytes(bytesPerSecond) })}</span>
      {left !== null && <span>{t('timeLeft', { time: duration(left) })}</span>}
    </p>
  );
}
