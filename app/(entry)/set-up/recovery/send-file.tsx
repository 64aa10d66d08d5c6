'use client';

import { useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { DropZone } from '#app/(main)/backup/upload/drop-zone.tsx';
import { SendingProgress } from '#app/(main)/backup/upload/sending-progress.tsx';
import { useBytes } from '#app/components/ui/dates.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { type SendingState, sendArchive } from '#app/transfers/send-archive.ts';
import type { RecoveryPartsFragment } from '#generated/graphql/client/graphql.ts';

type Upload = NonNullable<RecoveryPartsFragment['upload']>;

interface Props {
  token: string;
  upload: Upload;
  /** Null: the page was loaded again, and the browser forgot the file. */
  file: File | null;
  onFile: (file: File) => void;
}

/** Sends the archive to the server, from where an earlier attempt stopped. */
export function SendFile({ token, upload, file, onFile }: Props) {
  const [sending, setSending] = useState<SendingState | null>(null);
  const { url } = upload;
  useEffect(() => {
    if (!file) return;
    const { stop } = sendArchive({ url, file, setUpToken: token, onChange: setSending });
    return stop;
  }, [url, file, token]);
  if (!file) return <ChooseAgain upload={upload} onFile={onFile} />;
  return (
    <div className="grid gap-3">
      {sending && <SendingProgress sending={sending} />}
      <ProblemNote problem={sending?.problem ?? null} />
    </div>
  );
}

function ChooseAgain({ upload, onFile }: Pick<Props, 'upload' | 'onFile'>) {
  const t = useTranslations('recovery');
  const bytes = useBytes();
  const [wrong, setWrong] = useState(false);
  const { fileName: name, size, received } = upload;
  const choose = (file: File) => {
    const isIt = file.size === Number(size);
    setWrong(!isIt);
    if (isIt) onFile(file);
  };
  return (
    <div className="grid gap-2">
      <DropZone label={t('sendAgain', { name })} onFile={choose} />
      <p className="text-[13px] text-ink-2">
        {t('arrived', { received: bytes(received), size: bytes(size) })}
      </p>
      {wrong && (
        <p role="alert" className="text-[13px] text-danger">
          {t('wrongFile', { name, size: bytes(size) })}
        </p>
      )}
    </div>
  );
}
