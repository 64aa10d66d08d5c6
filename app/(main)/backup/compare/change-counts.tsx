'use client';

import { useFormatter } from 'next-intl';
import { kindsShown, Mark, meaningLooks, meaningOf } from './change-looks.tsx';
import { type Counts, countOf } from './sums.ts';
import { useKindWords } from './use-kind-words.ts';

/** How many of each kind, of those that there are. */
export function ChangeCounts({ counts, toNow }: { counts: Counts; toNow: boolean }) {
  const format = useFormatter();
  const word = useKindWords(toNow);
  return (
    <span className="inline-flex shrink-0 items-center gap-2 tabular-nums">
      {kindsShown
        .filter((kind) => countOf(kind, counts) > 0)
        .map((kind) => {
          const meaning = meaningOf(kind, toNow);
          return (
            <span
              key={kind}
              className={`inline-flex items-center gap-1 text-xs ${meaningLooks[meaning].text}`}
            >
              <Mark meaning={meaning} className="size-2.5" />
              {format.number(countOf(kind, counts))}
              <span className="sr-only">{word(kind)}</span>
            </span>
          );
        })}
    </span>
  );
}
