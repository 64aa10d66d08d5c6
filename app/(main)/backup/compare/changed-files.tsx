'use client';

import { FileText, ImageOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useBytes } from '#app/components/ui/dates.tsx';
import { Photo } from '../../posts/photo.tsx';
import { Mark, meaningOf } from './change-looks.tsx';
import type { Change, Compare } from './compare-types.ts';
import { useKindWords } from './use-kind-words.ts';

interface Props {
  change: Change;
  compare: Compare;
}

/** The files of a post that differ: photos where their bytes are here, and a note where not. */
export function ChangedFiles({ change, compare }: Props) {
  const t = useTranslations('compare');
  if (change.files.length === 0) return null;
  return (
    <section aria-label={t('filesOf', { name: change.label })}>
      <h3 className="pb-1.5 text-ink-3 text-xs">{t('files')}</h3>
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(8.5rem,1fr))] gap-3">
        {change.files.map((file) => (
          <li key={`${file.id} ${file.kind}`} className="min-w-0">
            <FileCard file={file} compare={compare} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function FileCard({ file, compare }: { file: Change['files'][number]; compare: Compare }) {
  const t = useTranslations('compare');
  const bytes = useBytes();
  const word = useKindWords(compare.toNow);
  const url = `/api/files/${file.id}?compare=${compare.id}`;
  const isPhoto = file.mediaType.startsWith('image/');
  return (
    <div className="overflow-hidden rounded-lg ring-1 ring-line">
      <div className="relative grid aspect-4/3 place-items-center bg-sunken text-ink-3">
        {file.here && isPhoto ? (
          <Photo url={url} width={320} alt={file.name} className="object-cover" />
        ) : file.here ? (
          <FileText aria-hidden className="size-6" />
        ) : (
          <span className="grid justify-items-center gap-1.5 px-2 text-center text-xs">
            <ImageOff aria-hidden className="size-5" />
            {t('notHere')}
          </span>
        )}
      </div>
      <div className="px-2.5 py-1.5 text-xs">
        <p className="flex items-center gap-1.5">
          <Mark meaning={meaningOf(file.kind, compare.toNow)} className="size-2.5" />
          <span className="sr-only">{word(file.kind)}</span>
          {file.here ? (
            <a href={url} className="truncate text-accent hover:underline" title={file.name}>
              {file.name}
            </a>
          ) : (
            <span className="truncate" title={file.name}>
              {file.name}
            </span>
          )}
        </p>
        {file.bytes != null && <p className="text-ink-3 tabular-nums">{bytes(file.bytes)}</p>}
      </div>
    </div>
  );
}
