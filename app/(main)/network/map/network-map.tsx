'use client';

import type { Map as MapLibre } from 'maplibre-gl';
import { useTranslations } from 'next-intl';
import { useEffect, useRef, useState } from 'react';
import { elementOf, type SeenElement } from './in-view.ts';
import type { View } from './map-address.ts';
import type { Tint } from './map-colors.ts';
import { CELLS, ELEMENTS_FROM_ZOOM, markFilter, markIds, pickable } from './map-style.ts';
import { openMap, paintMap, readBounds } from './open-map.ts';

interface Props {
  /** Where the map begins; null: at the whole network. */
  start: View | null;
  tint: Tint;
  /** The id of the element that is marked. */
  marked: string | null;
  /** The map, once it is drawn for the first time. */
  onReady: (map: MapLibre | null) => void;
  onPick: (element: SeenElement | null) => void;
  onMoved: (view: View) => void;
}

/** The map itself. It is loaded by itself, since it is larger than all pages together. */
export default function NetworkMap({ start, tint, marked, onReady, onPick, onMoved }: Props) {
  const t = useTranslations('map');
  const container = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibre | null>(null);
  const [fault, setFault] = useState<'noWebgl' | 'unreadable' | null>(null);
  const latest = useRef({ start, tint, onReady, onPick, onMoved, label: t('label') });
  latest.current = { start, tint, onReady, onPick, onMoved, label: t('label') };

  useEffect(() => {
    const opening = new AbortController();
    let opened: MapLibre | null = null;
    const begin = async () => {
      const { start: view, label } = latest.current;
      const bounds = view ? null : await readBounds().catch(() => null);
      if (opening.signal.aborted || !container.current) return;
      try {
        opened = openMap(container.current, { view, bounds, tint: latest.current.tint, label });
      } catch {
        setFault('noWebgl');
        return;
      }
      const live = opened;
      live.once('load', () => {
        setMap(live);
        latest.current.onReady(live);
      });
      live.on('error', () => setFault('unreadable'));
      live.on('moveend', () => {
        const { lat, lng } = live.getCenter();
        latest.current.onMoved({ lat, lng, zoom: live.getZoom() });
      });
      listenToPointer(live, (element) => latest.current.onPick(element));
    };
    void begin();
    return () => {
      opening.abort();
      latest.current.onReady(null);
      opened?.remove();
    };
  }, []);

  useEffect(() => {
    if (map) paintMap(map, tint);
  }, [map, tint]);
  useEffect(() => {
    if (map) for (const id of markIds) map.setFilter(id, markFilter(marked));
  }, [map, marked]);

  return (
    <div className="absolute inset-0">
      <div ref={container} className="h-full w-full" />
      {fault && (
        <p
          role="status"
          className="absolute top-3 left-1/2 z-10 w-max max-w-[calc(100%-8rem)] -translate-x-1/2 rounded-lg bg-surface px-3 py-2 text-ink-2 text-sm shadow-floating"
        >
          {t(fault)}
        </p>
      )}
    </div>
  );
}

const REACH = 6;

/** Clicks pick what is near the pointer; on a count they go closer. */
function listenToPointer(map: MapLibre, onPick: (element: SeenElement | null) => void): void {
  map.on('click', ({ point, lngLat }) => {
    const near: [[number, number], [number, number]] = [
      [point.x - REACH, point.y - REACH],
      [point.x + REACH, point.y + REACH],
    ];
    // The topmost comes first.
    const [found] = map.queryRenderedFeatures(near, { layers: [CELLS, ...pickable] });
    if (found?.layer.id === CELLS)
      map.easeTo({ center: lngLat, zoom: Math.min(map.getZoom() + 2, ELEMENTS_FROM_ZOOM + 1) });
    else onPick(found ? elementOf(found) : null);
  });
  for (const layer of [CELLS, ...pickable]) {
    map.on('mouseenter', layer, () => {
      map.getCanvas().style.cursor = 'pointer';
    });
    map.on('mouseleave', layer, () => {
      map.getCanvas().style.cursor = '';
    });
  }
}
