'use client';

import { FileDown, Printer } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Mark } from '#app/components/shell/logo.tsx';
import { Button } from '#app/components/ui/button.tsx';
import { CopyButton } from '#app/components/ui/copy-button.tsx';
import { QrCode } from '#app/components/ui/qr-code.tsx';
import { saveText } from '#app/transfers/save-file.ts';
import type { RecoveryKitPartsFragment } from '#generated/graphql/client/graphql.ts';

interface Props {
  kit: RecoveryKitPartsFragment;
  onSaved: () => void;
}

/** The kit as a sheet to print or save; shown until the person confirms to have saved it. */
export function KitSheet({ kit, onSaved }: Props) {
  const t = useTranslations('kit');
  const format = useFormatter();
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 print:hidden">
        <Button icon={<Printer aria-hidden className="size-4" />} onClick={() => window.print()}>
          {t('print')}
        </Button>
        <Button
          icon={<FileDown aria-hidden className="size-4" />}
          onClick={() => saveText(kit.text, kit.fileName)}
        >
          {t('saveText')}
        </Button>
        <Button look="primary" className="ml-auto" onClick={onSaved}>
          {t('iHaveSavedIt')}
        </Button>
      </div>
      <article
        aria-label={t('sheetTitle')}
        className="grid grid-cols-1 gap-6 rounded-xl bg-surface p-5 shadow-raised ring-1 ring-line sm:p-8 print:rounded-none print:bg-transparent print:p-0 print:shadow-none print:ring-0"
      >
        <header className="flex items-start gap-3">
          <Mark className="size-9 shrink-0" />
          <div className="min-w-0">
            <h2 className="font-semibold text-lg tracking-tight">{t('sheetTitle')}</h2>
            <p className="text-ink-2 text-sm">
              {t('sheetText', {
                host: window.location.host,
                date: format.dateTime(new Date(), { dateStyle: 'long' }),
              })}
            </p>
          </div>
        </header>
        <Part title={t('serverId')}>
          <code className="break-all font-mono text-sm">{kit.serverId}</code>
        </Part>
        <Part title={t('serverKey')} text={t('serverKeyText')} secret={kit.serverKey}>
          <ServerKey kit={kit} />
        </Part>
        <Part title={t('ageIdentity')} text={t('ageIdentityText')} secret={kit.ageIdentity}>
          <code className="break-all font-mono text-sm">{kit.ageIdentity}</code>
        </Part>
        <HowTo />
      </article>
    </>
  );
}

interface PartProps {
  title: string;
  text?: string;
  /** Also shown as a QR code, with a button to copy it. */
  secret?: string;
  children: ReactNode;
}

function Part({ title, text, secret, children }: PartProps) {
  const t = useTranslations('kit');
  return (
    <section
      aria-label={title}
      className="grid break-inside-avoid gap-4 border-line border-t pt-5 sm:grid-cols-[minmax(0,1fr)_auto]"
    >
      <div className="grid min-w-0 content-start gap-2">
        <h3 className="flex items-center gap-1 font-semibold text-sm">
          {title}
          {secret && (
            <span className="print:hidden">
              <CopyButton text={secret} label={t('copy', { what: title })} />
            </span>
          )}
        </h3>
        {text && <p className="text-pretty text-[13px] text-ink-2">{text}</p>}
        {children}
      </div>
      {secret && <QrCode text={secret} label={t('qrOf', { what: title })} className="size-36" />}
    </section>
  );
}

/** Numbered groups, so that a person finds the ones asked for. */
function ServerKey({ kit }: { kit: RecoveryKitPartsFragment }) {
  const prefix = kit.serverKey.slice(0, kit.serverKey.length - kit.serverKeyGroups.join('').length);
  const numbered = kit.serverKeyGroups.map((group, index) => ({ group, number: index + 1 }));
  return (
    <div className="grid gap-1.5">
      <code className="font-mono text-sm">{prefix}</code>
      <ol className="flex flex-wrap gap-x-3.5 gap-y-2">
        {numbered.map(({ group, number }) => (
          <li key={number} className="grid justify-items-center leading-tight">
            <span className="text-[11px] text-ink-3 tabular-nums">{number}</span>
            <code className="font-mono text-[15px] tracking-wide">{group}</code>
          </li>
        ))}
      </ol>
    </div>
  );
}

function HowTo() {
  const t = useTranslations('kit');
  return (
    <section
      aria-label={t('howTo')}
      className="grid break-inside-avoid gap-3 border-line border-t pt-5 text-sm"
    >
      <h3 className="font-semibold">{t('howTo')}</h3>
      <p className="text-pretty text-ink-2">{t('howToServer')}</p>
      <pre className="whitespace-pre-wrap rounded-md [overflow-wrap:anywhere] bg-sunken px-3 py-2 font-mono text-[13px]">
        {'npm run fiberkeep -- recover --kit recovery.txt --from PLACE'}
      </pre>
      <p className="text-pretty text-ink-2">{t('howToAge')}</p>
      <pre className="whitespace-pre-wrap rounded-md [overflow-wrap:anywhere] bg-sunken px-3 py-2 font-mono text-[13px]">
        {'age -d -i recovery.txt NAME.tar.gz.doz | tar xz'}
      </pre>
      <p className="text-pretty text-ink-2">{t('keepSafe')}</p>
    </section>
  );
}
