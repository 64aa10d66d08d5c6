'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { useMemo } from 'react';
import { useQuery } from 'urql';
import type {
  ComparePartsFragment,
  ComparePlacesQuery,
} from '#generated/graphql/client/graphql.ts';
import { ComparePlacesDocument } from '#generated/graphql/client/graphql.ts';
import { filterOf, useNarrowing } from './change-filter.ts';
import { kindsShown, Mark, type Meaning, meaningLooks, meaningOf } from './change-looks.tsx';
import { plotScale } from './plot-scale.ts';
import { useKindWords } from './use-kind-words.ts';

export type ChangedPlace = NonNullable<
  NonNullable<ComparePlacesQuery['compare']>['places']
>[number];

const WIDTH = 400;
const HEIGHT = 260;
const MARGIN = 18;
const RADIUS = 5;

/** Where the changes are that the list shows. */
export function PlacesPanel({ compare }: { compare: ComparePartsFragment }) {
  const t = useTranslations('compare');
  const [narrowing] = useNarrowing();
  const filter = useMemo(() => filterOf(narrowing), [narrowing]);
  const [{ data, fetching }] = useQuery({
    query: ComparePlacesDocument,
    variables: { id: compare.id, filter },
  });
  const places = data?.compare?.places ?? [];
  const word = useKindWords(compare.toNow);
  return (
    <section
      aria-label={t('places')}
      aria-busy={fetching}
      className="flex min-w-0 flex-col overflow-hidden rounded-xl bg-surface shadow-raised ring-1 ring-line"
    >
      {/* As high before the places are read as after: nothing below moves. */}
      <div className="relative h-64 bg-sunken xl:h-auto xl:min-h-52 xl:flex-1">
        {places.length > 0 ? (
          <PlacesPlot places={places} toNow={compare.toNow} />
        ) : (
          <p className="absolute inset-0 grid place-items-center px-6 text-center text-[13px] text-ink-3">
            {fetching ? t('reading') : t('noPlaces')}
          </p>
        )}
      </div>
      <ul className="flex flex-wrap gap-x-4 gap-y-1 border-line border-t px-4 py-2.5 text-ink-2 text-xs">
        {kindsShown.map((kind) => (
          <li key={kind} className="flex items-center gap-1.5">
            <Mark meaning={meaningOf(kind, compare.toNow)} className="size-2.5" />
            {word(kind)}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A plain plot of places; a map can take its place, with the same properties. */
function PlacesPlot({ places, toNow }: { places: readonly ChangedPlace[]; toNow: boolean }) {
  const t = useTranslations('compare');
  const format = useFormatter();
  const { drawn, bar } = useMemo(() => draw(places, toNow), [places, toNow]);
  const count = places.reduce((sum, place) => sum + place.count, 0);
  const length =
    bar.meters >= 1000
      ? format.number(bar.meters / 1000, { style: 'unit', unit: 'kilometer' })
      : format.number(bar.meters, { style: 'unit', unit: 'meter' });
  return (
    <svg
      role="img"
      aria-label={t('plotted', { count })}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className="absolute inset-0 h-full w-full"
    >
      {drawn.map(({ meaning, path }) => (
        <path
          key={meaning}
          d={path}
          className={`${meaningLooks[meaning].fill} stroke-surface opacity-90`}
          strokeWidth="0.75"
        />
      ))}
      <g className="text-ink-3" transform={`translate(${WIDTH - MARGIN} ${HEIGHT - 10})`}>
        <path d={`M0-4V0H${-bar.length}V-4`} className="fill-none stroke-current" />
        <text
          x={-bar.length / 2}
          y="-5"
          textAnchor="middle"
          className="fill-current text-[10px] tabular-nums"
        >
          {length}
        </text>
      </g>
    </svg>
  );
}

/** One path for each meaning, however many places there are. */
function draw(places: readonly ChangedPlace[], toNow: boolean) {
  const scale = plotScale(places, { width: WIDTH, height: HEIGHT, margin: MARGIN });
  const paths: Record<Meaning, string[]> = { change: [], gain: [], loss: [] };
  for (const place of places) {
    const meaning = meaningOf(place.kind, toNow);
    const size = RADIUS * Math.min(2.4, 1 + Math.log10(place.count) / 2);
    paths[meaning].push(shapes[meaning](scale.x(place), scale.y(place), size));
  }
  const drawn = (Object.keys(paths) as Meaning[]).map((meaning) => ({
    meaning,
    path: paths[meaning].join(''),
  }));
  return { drawn, bar: scale.bar };
}

const at = (value: number) => value.toFixed(1);

/** As `Mark` draws them, around a point. */
const shapes: Record<Meaning, (x: number, y: number, size: number) => string> = {
  gain: (x, y, size) =>
    `M${at(x)} ${at(y - size)}L${at(x + size)} ${at(y + size)}H${at(x - size)}Z`,
  loss: (x, y, size) =>
    `M${at(x)} ${at(y + size)}L${at(x + size)} ${at(y - size)}H${at(x - size)}Z`,
  change: (x, y, size) =>
    `M${at(x)} ${at(y - size)}L${at(x + size)} ${at(y)} ${at(x)} ${at(y + size)} ${at(x - size)} ${at(y)}Z`,
};
