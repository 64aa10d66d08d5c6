'use client';

import { useFormatter, useTranslations } from 'next-intl';
import { Moment } from '#app/components/ui/dates.tsx';
import { lengthOf, lineOf, metersBetween, type Place } from './places-of.ts';

interface Props {
  table: string;
  column: string;
  value: unknown;
  /** What the row is called that the field names. */
  name: string | null | undefined;
  /** A secret. */
  hidden: boolean;
}

/** A value as people write it: names for ids, words for states, lines for paths. */
export function FieldValue({ table, column, value, name, hidden }: Props) {
  const t = useTranslations('compare');
  const format = useFormatter();
  const optionText = useOptionText();
  if (hidden) return <span className="text-ink-3">{t('hidden')}</span>;
  if (value === null || value === undefined || value === '')
    return <span className="text-ink-3">{t('empty')}</span>;
  if (name) return name;
  if (column === 'path') return <Line value={value} />;
  if (column === 'due_on')
    return format.dateTime(new Date(`${value}T00:00:00Z`), {
      dateStyle: 'medium',
      timeZone: 'UTC',
    });
  if (column === 'color') return <Color value={String(value)} />;
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
  if (typeof value === 'number') return format.number(value);
  if (typeof value === 'string') {
    if (/_at$/.test(column) && !Number.isNaN(Date.parse(value))) return <Moment at={value} />;
    const option = optionText(table, column, value);
    return option ?? <span className="whitespace-pre-wrap">{value}</span>;
  }
  return <code className="font-mono text-xs">{JSON.stringify(value)}</code>;
}

/** The words for the states of elements; null for free text. */
function useOptionText() {
  const t = useTranslations('network.options');
  return (table: string, column: string, value: string): string | null => {
    const group = groups[`${table}.${column}`] ?? groups[column];
    const key = `${group}.${value}` as Parameters<typeof t>[0];
    return group && t.has(key) ? t(key) : null;
  };
}

const groups: Readonly<Record<string, string>> = {
  licensing_status: 'licensing',
  deployment_status: 'deployment',
  'box.type': 'boxType',
  'cable.type': 'cableType',
  'client.status': 'clientStatus',
  'post.work': 'work',
};

function Line({ value }: { value: unknown }) {
  const t = useTranslations('compare');
  const distance = useDistance();
  const points = lineOf(value);
  if (!points) return <code className="font-mono text-xs">{JSON.stringify(value)}</code>;
  if (points.length === 0) return <span className="text-ink-3">{t('empty')}</span>;
  return t('line', { count: points.length, length: distance(lengthOf(points)) });
}

function Color({ value }: { value: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span
        aria-hidden
        className="size-3 rounded-full ring-1 ring-line-strong"
        style={{ backgroundColor: value }}
      />
      {value}
    </span>
  );
}

/** Coordinates as a map shows them, and how far it moved. */
export function PlaceValue({ place, movedFrom }: { place: Place | null; movedFrom: Place | null }) {
  const t = useTranslations('compare');
  const format = useFormatter();
  const distance = useDistance();
  if (!place) return <span className="text-ink-3">{t('empty')}</span>;
  const degrees = (value: number) =>
    format.number(Math.abs(value), { minimumFractionDigits: 5, maximumFractionDigits: 5 });
  const moved = movedFrom && metersBetween(movedFrom, place);
  return (
    <span className="tabular-nums">
      {t('place', {
        lat: degrees(place.lat),
        ns: t(place.lat < 0 ? 'south' : 'north'),
        lng: degrees(place.lng),
        ew: t(place.lng < 0 ? 'west' : 'east'),
      })}
      {moved !== null && moved >= 0.5 && (
        <span className="block text-ink-3">{t('moved', { distance: distance(moved) })}</span>
      )}
    </span>
  );
}

function useDistance(): (meters: number) => string {
  const format = useFormatter();
  return (meters) =>
    meters < 1000
      ? format.number(meters, { style: 'unit', unit: 'meter', maximumFractionDigits: 0 })
      : format.number(meters / 1000, {
          style: 'unit',
          unit: 'kilometer',
          maximumFractionDigits: 2,
        });
}
