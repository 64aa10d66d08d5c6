'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react';
import { useBytes } from '#app/components/ui/dates.tsx';
import type {
  StorageDayPartsFragment,
  StorageHistoryPartsFragment,
} from '#generated/graphql/client/graphql.ts';
import { utcDate } from './calendar-days.ts';
import { areaPath, axisTicks } from './chart-scale.ts';

const HEIGHT = 240;
const FOOT = 22;
const LEFT = 64;
const TOP = 8;
const BAR_HEIGHT = 48;
const GAP = 14;

const series = [
  { key: 'databaseBytes', fill: 'fill-ink-3/35', dot: 'bg-ink-3/60' },
  { key: 'postFileBytes', fill: 'fill-glow/45', dot: 'bg-glow' },
  { key: 'backupBytes', fill: 'fill-accent/80', dot: 'bg-accent' },
] as const;

type Key = (typeof series)[number]['key'];

interface Measured {
  readonly day: StorageDayPartsFragment;
  readonly at: number;
  readonly sizes: Record<Key, number>;
  readonly total: number;
}

/**
 * The space taken by kind and day, above the space that each day's backups added. The line above
 * shows the day under the pointer, or the newest. The table below has all numbers.
 */
export function SpaceChart({ storage }: { storage: StorageHistoryPartsFragment }) {
  const t = useTranslations('space');
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const days = measured(storage.history);
  const [pointed, setPointed] = useState<number | null>(null);
  const shown = days[pointed ?? days.length - 1] ?? days.at(-1);
  return (
    <div ref={frame} className="min-w-0">
      {days.length === 0 || !shown ? (
        <p className="rounded-lg bg-sunken px-4 py-10 text-center text-ink-2 text-sm">
          {t('nothingYet')}
        </p>
      ) : (
        <>
          <Readout shown={shown} />
          {width > 0 && (
            <Drawing days={days} width={width} pointed={pointed} onPoint={setPointed} />
          )}
        </>
      )}
    </div>
  );
}

function measured(history: readonly StorageDayPartsFragment[]): Measured[] {
  return history
    .filter(({ backupBytes }) => backupBytes != null)
    .map((day) => {
      const sizes = {
        databaseBytes: Number(day.databaseBytes ?? 0),
        postFileBytes: Number(day.postFileBytes ?? 0),
        backupBytes: Number(day.backupBytes ?? 0),
      };
      const total = sizes.databaseBytes + sizes.postFileBytes + sizes.backupBytes;
      return { day, at: utcDate(day.day).getTime(), sizes, total };
    });
}

function Readout({ shown }: { shown: Measured }) {
  const t = useTranslations('space');
  const bytes = useBytes();
  const format = useFormatter();
  const date = format.dateTime(utcDate(shown.day.day), { timeZone: 'UTC', dateStyle: 'medium' });
  return (
    <dl className="mb-3 flex flex-wrap gap-x-5 gap-y-1 text-[13px]">
      <div className="min-w-24 font-medium tabular-nums">
        <dt className="sr-only">{t('day')}</dt>
        <dd>{date}</dd>
      </div>
      {[...series].reverse().map(({ key, dot }) => (
        <div key={key} className="flex items-center gap-1.5">
          <dt className="flex items-center gap-1.5 text-ink-2">
            <span aria-hidden className={`size-2.5 rounded-xs ${dot}`} />
            {t(key)}
          </dt>
          <dd className="tabular-nums">{bytes(shown.sizes[key])}</dd>
        </div>
      ))}
      <div className="flex items-center gap-1.5">
        <dt className="text-ink-2">{t('added')}</dt>
        <dd className="tabular-nums">{bytes(shown.day.addedBytes)}</dd>
      </div>
    </dl>
  );
}

interface DrawingProps {
  days: readonly Measured[];
  width: number;
  pointed: number | null;
  onPoint: (index: number | null) => void;
}

function Drawing({ days, width, pointed, onPoint }: DrawingProps) {
  const t = useTranslations('space');
  const bytes = useBytes();
  const format = useFormatter();
  const ticks = axisTicks(Math.max(...days.map(({ total }) => total)));
  const most = ticks.at(-1) || 1;
  const bottom = TOP + HEIGHT - BAR_HEIGHT - GAP - FOOT;
  const y = (value: number) => bottom - ((bottom - TOP) * value) / most;
  const xs = placesOf(days, width);
  const date = (index: number) =>
    format.dateTime(utcDate(days.at(index)?.day.day ?? '1970-01-01'), {
      timeZone: 'UTC',
      dateStyle: 'medium',
    });
  const point = (event: PointerEvent<SVGSVGElement>) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    onPoint(nearest(xs, x));
  };
  const label = t('chartLabel', {
    from: date(0),
    to: date(-1),
    first: bytes(days[0]?.total ?? 0),
    last: bytes(days.at(-1)?.total ?? 0),
  });
  return (
    <svg
      role="img"
      aria-label={label}
      width={width}
      height={HEIGHT + TOP}
      className="block max-w-full touch-pan-y select-none overflow-hidden text-ink-3"
      onPointerMove={point}
      onPointerLeave={() => onPoint(null)}
    >
      <Axis ticks={ticks} y={y} width={width} />
      <Areas days={days} xs={xs} y={y} />
      <Bars days={days} xs={xs} bottom={TOP + HEIGHT - FOOT} width={width} />
      {pointed !== null && xs[pointed] !== undefined && (
        <line
          x1={xs[pointed]}
          x2={xs[pointed]}
          y1={TOP}
          y2={TOP + HEIGHT - FOOT}
          className="stroke-ink-2"
          strokeDasharray="3 3"
        />
      )}
      <text x={LEFT} y={HEIGHT + TOP - 5} className="fill-current text-[11px]">
        {date(0)}
      </text>
      {days.length > 1 && (
        <text x={width} y={HEIGHT + TOP - 5} textAnchor="end" className="fill-current text-[11px]">
          {date(-1)}
        </text>
      )}
    </svg>
  );
}

interface AxisProps {
  ticks: readonly number[];
  y: (value: number) => number;
  width: number;
}

function Axis({ ticks, y, width }: AxisProps) {
  const bytes = useBytes();
  return ticks.map((tick) => (
    <g key={tick}>
      <line x1={LEFT} x2={width} y1={y(tick)} y2={y(tick)} className="stroke-line" />
      <text
        x={LEFT - 8}
        y={y(tick)}
        dy="0.32em"
        textAnchor="end"
        className="fill-current text-[11px] tabular-nums"
      >
        {bytes(tick)}
      </text>
    </g>
  ));
}

interface LayerProps {
  days: readonly Measured[];
  xs: readonly number[];
}

/** The kinds stacked as areas; a single day becomes a column. */
function Areas({ days, xs, y }: LayerProps & { y: (value: number) => number }) {
  const below = days.map(() => 0);
  return series.map(({ key, fill }) => {
    const points = days.map((day, index) => {
      const low = below[index] ?? 0;
      const high = low + day.sizes[key];
      below[index] = high;
      return { x: xs[index] ?? 0, low: y(low), high: y(high) };
    });
    const [only] = points;
    const drawn =
      points.length === 1 && only
        ? [
            { ...only, x: only.x - 12 },
            { ...only, x: only.x + 12 },
          ]
        : points;
    return <path key={key} d={areaPath(drawn)} className={fill} />;
  });
}

/** What the backups of each day added to the store. */
function Bars({ days, xs, bottom, width }: LayerProps & { bottom: number; width: number }) {
  const bytes = useBytes();
  const added = days.map(({ day }) => Number(day.addedBytes));
  const most = Math.max(1, ...added);
  const thick = Math.max(2, Math.min(14, (width - LEFT) / Math.max(1, days.length) - 2));
  return (
    <g>
      <line x1={LEFT} x2={width} y1={bottom} y2={bottom} className="stroke-line-strong" />
      <text
        x={LEFT - 8}
        y={bottom - BAR_HEIGHT}
        dy="0.7em"
        textAnchor="end"
        className="fill-current text-[11px] tabular-nums"
      >
        +{bytes(most)}
      </text>
      {days.map(({ day }, index) => {
        const height = (BAR_HEIGHT * (added[index] ?? 0)) / most;
        return (
          <rect
            key={day.day}
            x={(xs[index] ?? 0) - thick / 2}
            y={bottom - height}
            width={thick}
            height={height}
            rx={Math.min(2, thick / 2)}
            className="fill-accent-strong"
          />
        );
      })}
    </g>
  );
}

/** Positions days from left to right by date, so days without data leave a gap. */
function placesOf(days: readonly Measured[], width: number): number[] {
  const inner = width - LEFT - 12;
  const from = days[0]?.at ?? 0;
  const span = (days.at(-1)?.at ?? 0) - from;
  return days.map(({ at }) => LEFT + 6 + (span === 0 ? inner / 2 : (inner * (at - from)) / span));
}

function nearest(xs: readonly number[], x: number): number {
  const distances = xs.map((place) => Math.abs(place - x));
  return distances.indexOf(Math.min(...distances));
}

/** The available width in pixels; 0 until it is measured. */
function useWidth(frame: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, [frame]);
  return width;
}
