'use client';

import type { Map as MapLibre } from 'maplibre-gl';
import dynamic from 'next/dynamic';
import { useTranslations } from 'next-intl';
import { useEffect, useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { Spinner } from '#app/components/ui/spinner.tsx';
import { useJobEnd } from '#app/data/jobs.tsx';
import { MapProjectsDocument, NetworkSummaryDocument } from '#generated/graphql/client/graphql.ts';
import { NoElements } from '../elements/no-elements.tsx';
import { type InView, nothingInView, type Place, readInView, type SeenElement } from './in-view.ts';
import { InViewList } from './in-view-list.tsx';
import { Legend } from './legend.tsx';
import { readMapAddress } from './map-address.ts';
import type { Tint } from './map-colors.ts';
import { MapFrame } from './map-frame.tsx';
import { ELEMENTS_FROM_ZOOM } from './map-style.ts';
import { ShownElement } from './shown-element.tsx';
import { useLook } from './use-look.ts';
import { useMapAddress } from './use-map-address.ts';

const NetworkMap = dynamic(() => import('./network-map.tsx'), { ssr: false, loading: Waiting });

/** The network on a map, with a list of what the map shows beside it. */
export function MapPage() {
  const { address, keepView, setColoring, show } = useMapAddress();
  const projects = useProjects();
  const tint = useTint(address.coloring, projects);
  const [map, setMap] = useState<MapLibre | null>(null);
  const [marked, setMarked] = useState<string | null>(null);
  const [byHand, setByHand] = useState(false);
  const inView = useInView(map);
  useFollowAddress(map);
  const open = (element: SeenElement | null) => {
    setByHand(element !== null);
    if (map && element) bringBeside(map, element);
    show(element);
  };
  const close = () => {
    const id = address.element?.id;
    show(null);
    focusRow(id, map);
  };
  return (
    <div className="-mx-4 grid overflow-hidden border-line border-y bg-surface sm:mx-0 sm:rounded-xl sm:border-0 sm:shadow-raised sm:ring-1 sm:ring-line lg:h-[calc(100dvh-14.5rem)] lg:min-h-[30rem] lg:grid-cols-[minmax(0,1fr)_20rem]">
      <div
        data-drawn={inView.elements.length + inView.cells.length}
        className="relative h-[62dvh] min-h-80 overflow-hidden bg-sunken lg:h-auto"
      >
        <NetworkMap
          start={address.view}
          tint={tint}
          marked={marked ?? address.element?.id ?? null}
          onReady={setMap}
          onPick={open}
          onMoved={keepView}
        />
        {map && <MapFrame map={map} />}
        <EmptyNetwork map={map} />
        {address.element && (
          <ShownElement element={address.element} takesFocus={byHand} onClose={close} />
        )}
      </div>
      <div className="flex min-h-0 flex-col border-line border-t max-lg:max-h-[32rem] lg:border-t-0 lg:border-l">
        <Legend tint={tint} projects={projects} inView={inView} onColoring={setColoring} />
        <InViewList
          inView={inView}
          tint={tint}
          shownId={address.element?.id ?? null}
          onMark={setMarked}
          onOpen={open}
          onApproach={(place) => approach(map, place)}
        />
      </div>
    </div>
  );
}

/** Moves an element to where its panel leaves room: above a sheet, left of a card. */
function bringBeside(map: MapLibre, { lng, lat }: Place): void {
  const { clientWidth, clientHeight } = map.getContainer();
  const offset: [number, number] =
    clientWidth < SHEET_BELOW ? [0, -0.32 * clientHeight] : [-0.15 * clientWidth, 0];
  map.easeTo({ center: [lng, lat], offset });
}

/** Pixels; `sm` of the panel's classes. */
const SHEET_BELOW = 640;

/** Goes closer to a count: to what it counts, at the latest at the second time. */
function approach(map: MapLibre | null, { lng, lat }: Place): void {
  const zoom = map && Math.min(ELEMENTS_FROM_ZOOM + 1, map.getZoom() + 3);
  if (map && zoom !== null) map.easeTo({ center: [lng, lat], zoom });
}

/** The focus goes back to the element's row, or to the map where that is not in view. */
function focusRow(id: string | undefined, map: MapLibre | null): void {
  const row = document.querySelector<HTMLElement>(`[data-element="${id}"]`);
  (row ?? map?.getCanvas())?.focus();
}

function Waiting() {
  const t = useTranslations('map');
  return (
    <p
      role="status"
      className="absolute inset-0 flex items-center justify-center gap-2 text-ink-3 text-sm"
    >
      <Spinner /> {t('reading')}
    </p>
  );
}

function useProjects() {
  const [{ data }] = useQuery({ query: MapProjectsDocument });
  return useMemo(() => data?.projects.nodes ?? [], [data]);
}

function useTint(coloring: Tint['coloring'], projects: readonly { readonly id: string }[]): Tint {
  const look = useLook();
  return useMemo(
    () => ({ look, coloring, projectIds: projects.map(({ id }) => id) }),
    [look, coloring, projects],
  );
}

/** What the map shows, whenever it has come to rest. */
function useInView(map: MapLibre | null): InView {
  const [inView, setInView] = useState(nothingInView);
  useEffect(() => {
    if (!map) return;
    const look = () => setInView(readInView(map));
    const reread = () => {
      if (document.visibilityState === 'visible') map.refreshTiles('network');
    };
    // It may have come to rest before this ran, and stay so.
    look();
    map.on('idle', look);
    document.addEventListener('visibilitychange', reread);
    return () => {
      map.off('idle', look);
      document.removeEventListener('visibilitychange', reread);
    };
  }, [map]);
  return inView;
}

/** Back and Forward change the address; the map follows. Its own moves are in the address already. */
function useFollowAddress(map: MapLibre | null): void {
  useEffect(() => {
    if (!map) return;
    const follow = () => {
      const { view } = readMapAddress(new URLSearchParams(window.location.search));
      if (view) map.jumpTo({ center: [view.lng, view.lat], zoom: view.zoom });
    };
    window.addEventListener('popstate', follow);
    return () => window.removeEventListener('popstate', follow);
  }, [map]);
}

/** Without any element the map offers what the lists offer. */
function EmptyNetwork({ map }: { map: MapLibre | null }) {
  const [{ data }, read] = useQuery({ query: NetworkSummaryDocument });
  useJobEnd(async (job) => {
    if (job.kind !== 'SAMPLE' || !map) return;
    read({ requestPolicy: 'network-only' });
    const { fitNetwork, readBounds } = await import('./open-map.ts');
    map.refreshTiles('network');
    fitNetwork(map, await readBounds().catch(() => null));
  });
  if (!data) return null;
  const { projects, poles, boxes, cables, clients } = data.networkSummary;
  if (projects + poles + boxes + cables + clients > 0) return null;
  return (
    <div className="absolute inset-0 z-10 grid place-items-center p-4">
      <div className="w-full max-w-md">
        <NoElements kind="POLE" searching={false} />
      </div>
    </div>
  );
}
