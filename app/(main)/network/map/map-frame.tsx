'use client';

import { LocateFixed, Maximize, Minus, Plus } from 'lucide-react';
import type { Map as MapLibre } from 'maplibre-gl';
import { useFormatter, useTranslations } from 'next-intl';
import { useEffect, useState } from 'react';
import { IconButton } from '#app/components/ui/icon-button.tsx';
import { useToast } from '#app/components/ui/toast.tsx';
import { scaleBar } from './scale-bar.ts';

const BUTTON = 'size-11! rounded-none first:rounded-t-lg last:rounded-b-lg sm:size-9!';
const BAR_PIXELS = 120;

/** Buttons over the map, its scale and whom its outlines are from. */
export function MapFrame({ map }: { map: MapLibre }) {
  return (
    <>
      <Buttons map={map} />
      <Scale map={map} />
      <Credit />
    </>
  );
}

function Buttons({ map }: { map: MapLibre }) {
  const t = useTranslations('map');
  const showHere = useHere(map);
  const showAll = async () => {
    const { fitNetwork, readBounds } = await import('./open-map.ts');
    await readBounds().then(
      (bounds) => fitNetwork(map, bounds),
      () => {},
    );
  };
  return (
    <div className="absolute top-3 left-3 z-10 grid gap-2">
      <div className="grid divide-y divide-line rounded-lg bg-surface shadow-floating">
        <IconButton
          label={t('zoomIn')}
          icon={<Plus aria-hidden className="size-4" />}
          className={BUTTON}
          onClick={() => map.zoomIn()}
        />
        <IconButton
          label={t('zoomOut')}
          icon={<Minus aria-hidden className="size-4" />}
          className={BUTTON}
          onClick={() => map.zoomOut()}
        />
      </div>
      <div className="grid divide-y divide-line rounded-lg bg-surface shadow-floating">
        <IconButton
          label={t('fit')}
          icon={<Maximize aria-hidden className="size-4" />}
          className={BUTTON}
          onClick={() => void showAll()}
        />
        <IconButton
          label={t('here')}
          icon={<LocateFixed aria-hidden className="size-4" />}
          className={BUTTON}
          onClick={showHere}
        />
      </div>
    </div>
  );
}

const HERE_ZOOM = 17;

/** Moves the map to where the person is, and marks the place. Browsers tell it over https only. */
function useHere(map: MapLibre): () => void {
  const t = useTranslations('map');
  const toast = useToast();
  return () => {
    const fail = () =>
      toast({ tone: 'danger', title: t('hereUnknown'), detail: t('hereUnknownText') });
    if (!navigator.geolocation) return fail();
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const place: [number, number] = [coords.longitude, coords.latitude];
        map.getSource<import('maplibre-gl').GeoJSONSource>('here')?.setData({
          type: 'Feature',
          properties: {},
          geometry: { type: 'Point', coordinates: place },
        });
        map.flyTo({ center: place, zoom: Math.max(map.getZoom(), HERE_ZOOM) });
      },
      fail,
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 10_000 },
    );
  };
}

function Scale({ map }: { map: MapLibre }) {
  const format = useFormatter();
  const [bar, setBar] = useState(() => barOf(map));
  useEffect(() => {
    const look = () => setBar(barOf(map));
    map.on('move', look);
    return () => {
      map.off('move', look);
    };
  }, [map]);
  const { meters, pixels } = bar;
  return (
    <div
      className="pointer-events-none absolute bottom-2.5 left-3 z-10 whitespace-nowrap border-ink-2 border-x border-b pb-px text-center text-[11px] text-ink-2 leading-4 tabular-nums"
      style={{ width: `${pixels}px` }}
    >
      {meters >= 1000
        ? format.number(meters / 1000, { style: 'unit', unit: 'kilometer' })
        : format.number(meters, { style: 'unit', unit: 'meter' })}
    </div>
  );
}

const barOf = (map: MapLibre) => scaleBar(map.getCenter().lat, map.getZoom(), BAR_PIXELS);

function Credit() {
  const t = useTranslations('map');
  return (
    <p className="pointer-events-none absolute right-3 bottom-2 z-10 text-[11px] text-ink-3">
      {t('credit')}
    </p>
  );
}
