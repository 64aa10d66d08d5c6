'use client';

import { ImageOff } from 'lucide-react';
import Image from 'next/image';
import { useTranslations } from 'next-intl';
import { useState } from 'react';

interface Props {
  url: string;
  /** About how many pixels wide it is shown; the server makes it that small. */
  width: 320 | 1600;
  alt: string;
  className: string;
  /** Whether there is room for the text that it cannot be shown. */
  wordy?: boolean;
}

/** A photo that fills its frame, or an icon if its file is gone. */
export function Photo({ url, width, alt, className, wordy }: Props) {
  const t = useTranslations('posts');
  const [gone, setGone] = useState(false);
  if (!gone)
    return (
      <Image
        src={`${url}${url.includes('?') ? '&' : '?'}width=${width}`}
        alt={alt}
        fill
        unoptimized
        className={className}
        onError={() => setGone(true)}
      />
    );
  return (
    <span className="absolute inset-0 grid place-content-center justify-items-center gap-2 p-1 text-center text-ink-3 text-sm">
      <ImageOff aria-hidden className={wordy ? 'size-6' : 'size-5'} />
      <span className={wordy ? '' : 'sr-only'}>{t('photoGone')}</span>
    </span>
  );
}
