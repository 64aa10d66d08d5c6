'use client';

import { Fingerprint } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useRef, useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { CommandLine } from '#app/components/ui/command-line.tsx';
import { ConfirmDialog } from '#app/components/ui/confirm-dialog.tsx';
import { Link } from '#app/components/ui/link.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import type { Problem } from '#app/data/problem.ts';

const shown = [
  ...['name', 'url', 'endpoint', 'region', 'profile', 'accessKeyId', 'secretAccessKey'],
  ...['password', 'privateKey', 'passphrase', 'hostKey', 'bytesPerSecond'],
  ...['keepLast', 'keepDaily', 'keepWeekly', 'keepMonthly', 'quietFrom', 'quietUntil'],
  ...['lockDays', 'storageClass'],
];

interface Props {
  problem: Problem | null;
  saving: boolean;
  onTrust: (hostKey: string) => void;
  onTakeOver: () => void;
}

/** Why the place was not taken, and what the person can decide about it. */
export function PlaceQuestion(props: Props) {
  const { problem } = props;
  const place = useRef<HTMLDivElement>(null);
  // It is below the fields, which scroll.
  useEffect(() => {
    if (problem) place.current?.scrollIntoView({ block: 'nearest' });
  }, [problem]);
  return (
    <div ref={place} className="scroll-mb-5 empty:hidden">
      {problem && <Question {...props} problem={problem} />}
    </div>
  );
}

function Question({ problem, saving, onTrust, onTakeOver }: Props & { problem: Problem }) {
  const t = useTranslations('kit');
  const { fingerprint } = problem.params;
  if (problem.reason === 'hostKeyUnknown' && typeof fingerprint === 'string')
    return <HostKey fingerprint={fingerprint} saving={saving} onTrust={onTrust} />;
  return (
    <div className="grid justify-items-start gap-3">
      <ProblemNote problem={problem} shownFields={shown} className="w-full" />
      {problem.code === 'KIT_NEEDED' && (
        <Link
          href="/settings/recovery-kit"
          className="inline-flex h-8 items-center rounded-md bg-surface px-2.5 font-medium text-[13px] text-ink ring-1 ring-line-strong ring-inset hover:bg-sunken"
        >
          {t('open')}
        </Link>
      )}
      {problem.code === 'DESTINATION_LOST' && <TakeOver saving={saving} onTakeOver={onTakeOver} />}
    </div>
  );
}

interface HostKeyProps {
  fingerprint: string;
  saving: boolean;
  onTrust: (hostKey: string) => void;
}

const SHOW_KEY = 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub';

/** Nobody but the person can know whether it is the right server. */
function HostKey({ fingerprint, saving, onTrust }: HostKeyProps) {
  const t = useTranslations('destinations');
  return (
    <section
      aria-label={t('hostKey')}
      className="grid gap-3 rounded-lg bg-accent-soft p-4 ring-1 ring-line"
    >
      <div role="alert" className="flex gap-2.5 text-sm">
        <Fingerprint aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" />
        <div className="min-w-0">
          <p className="font-medium">{t('trustTitle')}</p>
          <p className="mt-0.5 text-pretty text-ink-2">{t('trustText')}</p>
        </div>
      </div>
      <CommandLine label={t('shownKey')} text={fingerprint} />
      <CommandLine label={t('compareWith')} text={SHOW_KEY} />
      <div>
        <Button size="small" busy={saving} onClick={() => onTrust(fingerprint)}>
          {t('trust')}
        </Button>
      </div>
    </section>
  );
}

function TakeOver({ saving, onTakeOver }: Pick<Props, 'saving' | 'onTakeOver'>) {
  const t = useTranslations('destinations');
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button size="small" busy={saving} onClick={() => setAsking(true)}>
        {t('takeOver')}
      </Button>
      {asking && (
        <ConfirmDialog
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            onTakeOver();
          }}
          title={t('takeOverPlace')}
          confirmLabel={t('takeOver')}
        >
          {t('takeOverText')}
        </ConfirmDialog>
      )}
    </>
  );
}
