'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { classes } from '#app/components/ui/classes.ts';
import type { ChangeKind, ComparePartsFragment } from '#generated/graphql/client/graphql.ts';
import { toggled, useNarrowing } from './change-filter.ts';
import { kindsShown, Mark, meaningLooks, meaningOf } from './change-looks.tsx';
import { countOf, sumOf } from './sums.ts';
import { useKindWords } from './use-kind-words.ts';
import { useSideNames } from './use-side-names.ts';

/** What differs in one sentence, and in three numbers that narrow the list. */
export function Summary({ compare }: { compare: ComparePartsFragment }) {
  const t = useTranslations('compare');
  const [{ kinds }, narrow] = useNarrowing();
  return (
    <section
      aria-label={t('summary')}
      className="min-w-0 rounded-xl bg-surface p-5 shadow-raised ring-1 ring-line sm:p-6"
    >
      <Headline compare={compare} />
      <div className="mt-5 grid gap-3 sm:grid-cols-3">
        {kindsShown.map((kind) => (
          <Tile
            key={kind}
            kind={kind}
            compare={compare}
            pressed={kinds.includes(kind)}
            onPress={() => narrow({ kinds: toggled(kinds, kind) })}
          />
        ))}
      </div>
      <p className="mt-4 text-pretty text-[13px] text-ink-3">
        {compare.toNow ? t('legendNow') : t('legend')}
      </p>
    </section>
  );
}

/** “Restoring … now: 12 would come back, 3 would vanish and 5 would change.” */
export function Headline({ compare }: { compare: ComparePartsFragment }) {
  const t = useTranslations('compare');
  const format = useFormatter();
  const { from, to } = useSideNames(compare);
  const sum = sumOf(compare.totals ?? []);
  const phrase = (kind: ChangeKind, count: number) =>
    t(compare.toNow ? `phrasesNow.${kind}` : `phrases.${kind}`, { count });
  const phrases = kindsShown.flatMap((kind) => {
    const count = countOf(kind, sum);
    return count > 0 ? [phrase(kind, count)] : [];
  });
  const what = format.list(phrases);
  return (
    <p className="text-balance font-semibold text-lg leading-7 tracking-tight [overflow-wrap:anywhere]">
      {compare.toNow ? t('headlineNow', { from, what }) : t('headline', { from, to, what })}
    </p>
  );
}

interface TileProps {
  kind: ChangeKind;
  compare: ComparePartsFragment;
  pressed: boolean;
  onPress: () => void;
}

function Tile({ kind, compare, pressed, onPress }: TileProps) {
  const format = useFormatter();
  const word = useKindWords(compare.toNow)(kind);
  const meaning = meaningOf(kind, compare.toNow);
  const count = countOf(kind, sumOf(compare.totals ?? []));
  return (
    <button
      type="button"
      aria-pressed={pressed}
      disabled={count === 0}
      onClick={onPress}
      className={classes(
        'flex items-center gap-3 rounded-lg px-4 py-3 text-left ring-inset transition-shadow duration-100 disabled:opacity-60',
        meaningLooks[meaning].soft,
        pressed ? 'ring-2 ring-current' : 'hover:ring-1 hover:ring-current',
        meaningLooks[meaning].text,
      )}
    >
      <Mark meaning={meaning} className="size-4" />
      <span className="min-w-0">
        <span className="block font-semibold text-2xl tabular-nums leading-7">
          {format.number(count)}
        </span>
        <span className="block text-[13px]">{word}</span>
      </span>
    </button>
  );
}
