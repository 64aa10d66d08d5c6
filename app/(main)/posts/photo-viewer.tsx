'use client';

import { ChevronLeft, ChevronRight, Download, ZoomIn, ZoomOut } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useRef, useState } from 'react';
import { useBytes } from '#app/components/ui/dates.tsx';
import { Dialog, DialogBody } from '#app/components/ui/dialog.tsx';
import { IconButton } from '#app/components/ui/icon-button.tsx';
import type { PostPartsFragment } from '#generated/graphql/client/graphql.ts';
import { Photo } from './photo.tsx';

export type PostFile = PostPartsFragment['files'][number];

interface Props {
  photos: readonly PostFile[];
  at: number;
  onMove: (at: number) => void;
  onClose: () => void;
}

/** One photo, large: arrow keys lead to the others, and zooming in shows its own pixels. */
export function PhotoViewer({ photos, at, onMove, onClose }: Props) {
  const t = useTranslations('posts');
  const bytes = useBytes();
  const [zoomed, setZoomed] = useState(false);
  const photo = photos[at];
  const move = (step: number) => {
    setZoomed(false);
    onMove((at + step + photos.length) % photos.length);
  };
  useArrowKeys(photos.length > 1 && !zoomed, move);
  if (!photo) return null;
  return (
    <Dialog wide onClose={onClose} title={photo.name} description={bytes(photo.size)}>
      <DialogBody>
        <div className="relative h-[60dvh] overflow-auto rounded-lg bg-sunken">
          {zoomed ? (
            // biome-ignore lint/performance/noImgElement: its own size is what is wanted.
            <img src={photo.url} alt={photo.name} className="max-w-none" />
          ) : (
            <Photo
              key={photo.url}
              url={photo.url}
              width={1600}
              alt={photo.name}
              className="object-contain"
              wordy
            />
          )}
        </div>
        <div className="mt-3 flex flex-wrap items-center justify-between gap-3">
          <div className="flex items-center gap-2">
            <IconButton
              label={t(zoomed ? 'zoomOut' : 'zoomIn')}
              icon={
                zoomed ? (
                  <ZoomOut aria-hidden className="size-4" />
                ) : (
                  <ZoomIn aria-hidden className="size-4" />
                )
              }
              onClick={() => setZoomed(!zoomed)}
            />
            <a
              href={photo.url}
              download={photo.name}
              className="inline-flex h-8 items-center gap-2 rounded-md bg-surface px-2.5 font-medium text-[13px] text-ink ring-1 ring-line-strong ring-inset hover:bg-sunken pointer-coarse:h-11"
            >
              <Download aria-hidden className="size-3.5" />
              {t('downloadPhoto')}
            </a>
          </div>
          {photos.length > 1 && (
            <div className="flex items-center gap-3 text-[13px] text-ink-2 tabular-nums">
              <IconButton
                label={t('previousPhoto')}
                icon={<ChevronLeft aria-hidden className="size-4" />}
                onClick={() => move(-1)}
              />
              <span aria-live="polite">{t('photoOf', { at: at + 1, count: photos.length })}</span>
              <IconButton
                label={t('nextPhoto')}
                icon={<ChevronRight aria-hidden className="size-4" />}
                onClick={() => move(1)}
              />
            </div>
          )}
        </div>
      </DialogBody>
    </Dialog>
  );
}

/** Left and right, wherever in the dialog the focus is. */
function useArrowKeys(active: boolean, move: (step: number) => void): void {
  const latest = useRef(move);
  latest.current = move;
  useEffect(() => {
    if (!active) return;
    const listen = ({ key }: KeyboardEvent) => {
      if (key === 'ArrowLeft') latest.current(-1);
      if (key === 'ArrowRight') latest.current(1);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [active]);
}
