'use client';

import { useTranslations } from 'next-intl';
import { useEffect, useRef, useState } from 'react';
import { classes } from '#app/components/ui/classes.ts';

/** What a post says. Four lines of a long text are shown, until somebody asks for the rest. */
export function Observation({ text }: { text: string }) {
  const t = useTranslations('posts');
  const paragraph = useRef<HTMLParagraphElement>(null);
  const [open, setOpen] = useState(false);
  const isCut = useIsCut(paragraph, text);
  return (
    <div className="grid justify-items-start gap-1">
      <p
        ref={paragraph}
        className={classes(
          'whitespace-pre-line text-pretty text-ink-2 text-sm [overflow-wrap:anywhere]',
          !open && 'line-clamp-4',
        )}
      >
        {text}
      </p>
      {(isCut || open) && (
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="min-h-6 rounded font-medium text-accent-strong text-sm hover:underline"
        >
          {t(open ? 'less' : 'more')}
        </button>
      )}
    </div>
  );
}

/** Whether some of the text does not show. Its width decides, so this is asked again when that changes. */
function useIsCut(paragraph: React.RefObject<HTMLParagraphElement | null>, text: string): boolean {
  const [isCut, setIsCut] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text may be longer
  useEffect(() => {
    const shown = paragraph.current;
    if (!shown) return;
    const look = new ResizeObserver(() => setIsCut(shown.scrollHeight > shown.clientHeight + 1));
    look.observe(shown);
    return () => look.disconnect();
  }, [paragraph, text]);
  return isCut;
}
