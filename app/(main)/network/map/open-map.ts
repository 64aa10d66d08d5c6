import { Map as MapLibre, setWorkerUrl } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import { feature, mesh } from 'topojson-client';
import type { View } from './map-address.ts';
import type { Tint } from './map-colors.ts';
import { mapLayers, mapStyle } from './map-style.ts';
import { unwrapPolygons } from './unwrap.ts';

// The build copies both to our own origin: the policy of the pages allows no other, and no blob.
setWorkerUrl(new URL('maplibre-gl/dist/maplibre-gl-worker.mjs', import.meta.url).href);
const OUTLINES = new URL('world-atlas/countries-50m.json', import.meta.url);

export type Bounds = [west: number, south: number, east: number, north: number];

const FIT = { padding: 56, maxZoom: 16.5 };
const WHOLE_EARTH = { center: [-30, 5] as [number, number], zoom: 1.4 };

/** What the network lies in; null where nothing has a place. Throws where the server does not answer. */
export async function readBounds(): Promise<Bounds | null> {
  const answer = await fetch('/api/tiles/network.json');
  if (!answer.ok) throw new Error(String(answer.status));
  return ((await answer.json()) as { bounds?: Bounds }).bounds ?? null;
}

/** Shows the whole network, and the whole earth where there is none. */
export function fitNetwork(map: MapLibre, bounds: Bounds | null): void {
  if (bounds) map.fitBounds(bounds, FIT);
  else map.easeTo(WHOLE_EARTH);
}

export interface Start {
  readonly view: View | null;
  readonly bounds: Bounds | null;
  readonly tint: Tint;
  readonly label: string;
}

/** Opens a map in `container`. Throws where the browser has no WebGL 2. */
export function openMap(container: HTMLElement, { view, bounds, tint, label }: Start): MapLibre {
  const place = view
    ? { center: [view.lng, view.lat] as [number, number], zoom: view.zoom }
    : bounds
      ? { bounds, fitBoundsOptions: FIT }
      : WHOLE_EARTH;
  const map = new MapLibre({
    container,
    style: mapStyle(tint, `${window.location.origin}/api/tiles/{z}/{x}/{y}.mvt`, pageFont()),
    ...place,
    maxZoom: 20,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    locale: { 'Map.Title': label },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.once('load', () => void addOutlines(map));
  return map;
}

/** Gives the layers the colors of `tint`. */
export function paintMap(map: MapLibre, tint: Tint): void {
  for (const layer of mapLayers(tint, pageFont()))
    for (const [name, value] of Object.entries(layer.paint ?? {}))
      map.setPaintProperty(layer.id, name as Parameters<MapLibre['setPaintProperty']>[1], value);
}

/** The first family of the page's font: names on the map are drawn by the browser, without files of glyphs. */
function pageFont(): string {
  const [family = 'sans-serif'] = getComputedStyle(document.body).fontFamily.split(',');
  return family.replaceAll(/["']/g, '').trim();
}

type Outlines = Parameters<typeof mesh>[0];

/** Land, coasts and the borders of countries. Without them the map works as well. */
async function addOutlines(map: MapLibre): Promise<void> {
  const answer = await fetch(OUTLINES);
  if (!answer.ok) return;
  const world = (await answer.json()) as Outlines;
  const { land, countries } = world.objects;
  if (!land || !countries || !map.getStyle()) return;
  const borders = mesh(world, countries as Parameters<typeof mesh>[1], (a, b) => a !== b);
  sourceOf(map, 'land')?.setData(landOf(world, land));
  sourceOf(map, 'borders')?.setData({ type: 'Feature', properties: {}, geometry: borders });
}

/** The land as one polygon of many parts. */
function landOf(world: Outlines, land: Parameters<typeof feature>[1]) {
  const found = feature(world, land);
  const features = found.type === 'FeatureCollection' ? found.features : [found];
  const coordinates = features.flatMap(({ geometry }) =>
    geometry.type === 'MultiPolygon' ? unwrapPolygons(geometry.coordinates) : [],
  );
  return {
    type: 'Feature' as const,
    properties: {},
    geometry: { type: 'MultiPolygon' as const, coordinates },
  };
}

/** A source of GeoJSON of the style. */
export function sourceOf(map: MapLibre, id: 'land' | 'borders' | 'here') {
  return map.getSource<import('maplibre-gl').GeoJSONSource>(id);
}
