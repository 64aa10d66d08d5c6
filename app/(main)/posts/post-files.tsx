'use client';

import { Paperclip } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useBytes } from '#app/components/ui/dates.tsx';
import { Photo } from './photo.tsx';
import { PhotoViewer, type PostFile } from './photo-viewer.tsx';

const SHOWN_TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/gif'];
const MOST_THUMBNAILS = 4;

/** The photos of a post as thumbnails, and its other files as links. */
export function PostFiles({ files }: { files: readonly PostFile[] }) {
  const t = useTranslations('posts');
  const [open, setOpen] = useState<number | null>(null);
  const photos = files.filter((file) => SHOWN_TYPES.includes(file.mediaType));
  const others = files.filter((file) => !SHOWN_TYPES.includes(file.mediaType));
  const more = photos.length - MOST_THUMBNAILS;
  return (
    <>
      {photos.length > 0 && (
        <ul className="grid grid-cols-4 gap-2">
          {photos.slice(0, MOST_THUMBNAILS).map((photo, index) => (
            <li key={photo.id}>
              <button
                type="button"
                aria-label={t('openPhoto', { name: photo.name })}
                onClick={() => setOpen(index)}
                className="relative block aspect-square w-full overflow-hidden rounded-lg bg-sunken ring-1 ring-line"
              >
                <Photo
                  key={photo.url}
                  url={photo.url}
                  width={320}
                  alt=""
                  className="object-cover"
                />
                {index === MOST_THUMBNAILS - 1 && more > 0 && (
                  <span className="absolute inset-0 grid place-items-center bg-ink/70 font-semibold text-canvas text-lg">
                    +{more}
                  </span>
                )}
              </button>
            </li>
          ))}
        </ul>
      )}
      {others.length > 0 && <FileLinks files={others} />}
      {open !== null && (
        <PhotoViewer photos={photos} at={open} onMove={setOpen} onClose={() => setOpen(null)} />
      )}
    </>
  );
}

function FileLinks({ files }: { files: readonly PostFile[] }) {
  const bytes = useBytes();
  return (
    <ul className="grid gap-1">
      {files.map((file) => (
        <li key={file.id}>
          <a
            href={file.url}
            className="inline-flex max-w-full items-center gap-2 rounded text-[13px] text-ink-2 hover:text-accent"
          >
            <Paperclip aria-hidden className="size-3.5 shrink-0" />
            <span className="truncate underline decoration-line-strong underline-offset-4">
              {file.name}
            </span>
            <span className="shrink-0 text-ink-3 text-xs">{bytes(file.size)}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
