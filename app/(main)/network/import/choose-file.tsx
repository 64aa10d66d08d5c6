'use client';

import { FileUp } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRef, useState } from 'react';
import { Button } from '#app/components/ui/button.tsx';
import { classes } from '#app/components/ui/classes.ts';
import { EmptyState } from '#app/components/ui/empty-state.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import { useJobs } from '#app/data/jobs.tsx';
import type { Problem } from '#app/data/problem.ts';
import { uploadImport } from '#app/data/upload-file.ts';
import { useSend } from '#app/data/use-send.ts';
import { ImportPlantDocument } from '#generated/graphql/client/graphql.ts';

interface Props {
  onChosen: (id: string) => void;
  note?: string;
  /** Why the file before was refused. */
  problem?: Problem | null;
}

const ENDINGS = '.csv,.tsv,.txt,.geojson,.json,.kml,.kmz,.gpx';

/** Drop a file or choose one. */
export function ChooseFile({ onChosen, note, problem = null }: Props) {
  const t = useTranslations('importPage');
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const sending = useSendFile(onChosen);
  return (
    <section
      aria-label={t('title')}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void sending.send(event.dataTransfer.files[0]);
      }}
      className={classes(
        'rounded-xl border-2 border-dashed bg-surface',
        over ? 'border-accent' : 'border-line-strong',
      )}
    >
      <ProblemNote problem={sending.problem ?? problem} className="m-4" />
      <EmptyState
        icon={<FileUp aria-hidden className="size-5" />}
        title={t('drop')}
        action={
          <Button
            look="primary"
            busy={sending.fraction !== null}
            onClick={() => input.current?.click()}
          >
            {t('choose')}
          </Button>
        }
      >
        {note && <p className="mb-2">{note}</p>}
        <p>{t('formats')}</p>
        {sending.fraction !== null && (
          <ProgressBar fraction={sending.fraction} label={t('sending')} className="mt-4" />
        )}
      </EmptyState>
      <input
        ref={input}
        type="file"
        accept={ENDINGS}
        aria-label={t('choose')}
        className="sr-only"
        tabIndex={-1}
        onChange={(event) => void sending.send(event.target.files?.[0])}
      />
    </section>
  );
}

function useSendFile(onChosen: (id: string) => void) {
  const { add } = useJobs();
  const begin = useSend(ImportPlantDocument);
  const [fraction, setFraction] = useState<number | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async (file: File | undefined) => {
    if (!file) return;
    setProblem(null);
    setFraction(0);
    const sent = await uploadImport(file, setFraction);
    if ('problem' in sent) setProblem(sent.problem);
    else {
      const answer = await begin.send({ input: { fileId: sent.id } });
      if (answer) {
        add(answer.importPlant.job);
        onChosen(answer.importPlant.import.id);
      }
    }
    setFraction(null);
  };
  return { send, fraction, problem: problem ?? begin.problem };
}
