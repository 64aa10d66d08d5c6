'use client';

import { useTranslations } from 'next-intl';
import { useQuery } from 'urql';
import { Button } from '#app/components/ui/button.tsx';
import { useBytes } from '#app/components/ui/dates.tsx';
import { useSystemEvent } from '#app/data/system-events.tsx';
import { useMay } from '#app/session/me-context.tsx';
import { type Upload, useUploads } from '#app/transfers/uploads.tsx';
import { UploadsDocument } from '#generated/graphql/client/graphql.ts';
import { openDialog } from '../address.ts';
import { SendingProgress } from './sending-progress.tsx';

/** `version` changes when this page starts or ends an upload. */
interface Props {
  version: number;
}

/** The person's uploads that are being sent, were interrupted, or could not be checked. */
export function UploadCards(props: Props) {
  const may = useMay();
  return may('backup.upload') ? <Cards key={props.version} /> : null;
}

function Cards() {
  const [{ data }, read] = useQuery({ query: UploadsDocument });
  const { sendingOf } = useUploads();
  useSystemEvent((event) => {
    if (event.kind === 'JOBS_CHANGED') read({ requestPolicy: 'network-only' });
  });
  // The job's card shows what is being checked.
  const shown = data?.uploads.filter(
    ({ id, status }) =>
      status === 'FAILED' || (status === 'RECEIVING' && sendingOf(id)?.phase !== 'sent'),
  );
  return shown?.map((upload) => <Card key={upload.id} upload={upload} />);
}

function Card({ upload }: { upload: Upload }) {
  const t = useTranslations('upload');
  const backup = useTranslations('backup');
  const bytes = useBytes();
  const sending = useUploads().sendingOf(upload.id);
  const goesOn = sending !== null && sending.phase !== 'stopped';
  const state = upload.status === 'FAILED' ? t('cardFailed') : t('cardBrokenOff');
  return (
    <section
      aria-label={t('cardTitle', { name: upload.fileName })}
      className="grid grid-cols-1 gap-3 rounded-xl bg-surface p-4 shadow-raised ring-1 ring-line"
    >
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <h2 className="truncate font-medium text-sm">
            {t('cardTitle', { name: upload.fileName })}
          </h2>
          {!goesOn && (
            <p className="text-ink-3 text-xs tabular-nums">
              {state} · {bytes(upload.received)} / {bytes(upload.size)}
            </p>
          )}
        </div>
        <Button size="small" onClick={() => openDialog('upload', upload.id)}>
          {goesOn ? backup('open') : t('goOn')}
        </Button>
      </div>
      {goesOn && <SendingProgress sending={sending} />}
    </section>
  );
}
