'use client';

import { FileUp } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type DragEvent, useEffect, useId, useState } from 'react';
import { classes } from '#app/components/ui/classes.ts';
import { Spinner } from '#app/components/ui/spinner.tsx';

interface Props {
  /** Tells people which file to drop. */
  label: string;
  busy?: boolean;
  onFile: (file: File) => void;
}

/**
 * Keeps the browser from opening a file dropped outside the zone, which would leave the page and
 * stop its uploads.
 */
function useNoStrayDrops() {
  useEffect(() => {
    const ignore = (event: Event) => event.preventDefault();
    const kinds = ['dragover', 'drop'] as const;
    for (const kind of kinds) window.addEventListener(kind, ignore);
    return () => {
      for (const kind of kinds) window.removeEventListener(kind, ignore);
    };
  }, []);
}

/** Accepts one archive, dropped or chosen. */
export function DropZone({ label, busy = false, onFile }: Props) {
  const t = useTranslations('upload');
  const id = useId();
  const [over, setOver] = useState(false);
  useNoStrayDrops();
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file && !busy) onFile(file);
  };
  return (
    <label
      htmlFor={id}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={classes(
        'grid cursor-pointer justify-items-center gap-1 rounded-xl border-2 border-dashed px-6 py-9 text-center text-sm transition-colors duration-100 focus-within:outline-2 focus-within:outline-accent focus-within:outline-offset-2 hover:border-accent hover:bg-accent-soft/50',
        over ? 'border-accent bg-accent-soft' : 'border-line-strong',
      )}
    >
      <span className="mb-2 grid size-11 place-items-center rounded-full bg-accent-soft text-accent">
        {busy ? <Spinner /> : <FileUp aria-hidden className="size-5" />}
      </span>
      <span className="font-medium text-ink">{label}</span>
      <span className="text-[13px] text-ink-3">{t('dropHint')}</span>
      <input
        id={id}
        type="file"
        disabled={busy}
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = '';
          if (file) onFile(file);
        }}
        className="sr-only"
      />
    </label>
  );
}
