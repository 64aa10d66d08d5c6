'use client';

import { CircleCheck, ImagePlus, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useId } from 'react';
import { useBytes } from '#app/components/ui/dates.tsx';
import { IconButton } from '#app/components/ui/icon-button.tsx';
import { ProblemNote } from '#app/components/ui/problem-note.tsx';
import { ProgressBar } from '#app/components/ui/progress.tsx';
import type { Upload } from './use-uploads.ts';

interface Props {
  uploads: readonly Upload[];
  onAdd: (files: Iterable<File>) => void;
  onRemove: (key: number) => void;
  busy: boolean;
}

/** Accepts chosen or dropped files, and shows the progress of each. */
export function FileChooser({ uploads, onAdd, onRemove, busy }: Props) {
  const t = useTranslations('posts');
  const id = useId();
  return (
    <div className="grid gap-2">
      <label
        htmlFor={id}
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          onAdd(event.dataTransfer.files);
        }}
        className="flex cursor-pointer items-center gap-3 rounded-lg border border-line-strong border-dashed px-4 py-3.5 text-ink-2 text-sm focus-within:outline-2 focus-within:outline-accent hover:border-accent hover:bg-accent-soft/50"
      >
        <ImagePlus aria-hidden className="size-5 text-accent" />
        <span>{t('addFiles')}</span>
        <input
          id={id}
          type="file"
          multiple
          disabled={busy}
          onChange={(event) => {
            onAdd(event.target.files ?? []);
            event.target.value = '';
          }}
          className="sr-only"
        />
      </label>
      <ul className="grid gap-2">
        {uploads.map((upload) => (
          <UploadRow key={upload.key} upload={upload} onRemove={onRemove} busy={busy} />
        ))}
      </ul>
    </div>
  );
}

interface RowProps {
  upload: Upload;
  onRemove: (key: number) => void;
  busy: boolean;
}

function UploadRow({ upload, onRemove, busy }: RowProps) {
  const t = useTranslations('posts');
  const bytes = useBytes();
  const { file, progress, done, problem } = upload;
  return (
    <li className="grid gap-1.5 rounded-lg bg-sunken px-3 py-2">
      <div className="flex items-center gap-3 text-[13px]">
        <span className="min-w-0 flex-1 truncate">{file.name}</span>
        <span className="shrink-0 text-ink-3 tabular-nums">{bytes(file.size)}</span>
        {done ? (
          <CircleCheck aria-label={t('uploaded')} role="img" className="size-4 text-good" />
        ) : (
          !busy && (
            <IconButton
              label={t('removeFile', { name: file.name })}
              icon={<Trash2 aria-hidden className="size-3.5" />}
              className="size-7"
              onClick={() => onRemove(upload.key)}
            />
          )
        )}
      </div>
      {progress !== null && !done && !problem && (
        <ProgressBar fraction={progress} label={t('uploading', { name: file.name })} />
      )}
      <ProblemNote problem={problem} />
    </li>
  );
}
