import type { MapGeoJSONFeature, Map as MapLibre } from 'maplibre-gl';
import { type LayerName, layerNames } from './map-address.ts';
import { CELLS, pickable } from './map-style.ts';

export interface Place {
  readonly lng: number;
  readonly lat: number;
}

/** An element that the map shows. */
export interface SeenElement extends Place {
  readonly layer: LayerName;
  readonly id: string;
  readonly name: string;
  readonly project: string | null;
  readonly status: string;
}

/** A square of the grid that the map shows. */
export interface SeenCell extends Place {
  readonly total: number;
}

export interface InView {
  readonly counts: Readonly<Record<LayerName, number>>;
  /** By kind and name. */
  readonly elements: readonly SeenElement[];
  /** The largest first. */
  readonly cells: readonly SeenCell[];
}

export const nothingInView: InView = {
  counts: { poles: 0, boxes: 0, cables: 0, clients: 0 },
  elements: [],
  cells: [],
};

/** What the map shows now. A tile's element at its edge is in two of them and counts once. */
export function readInView(map: MapLibre): InView {
  const counts = { ...nothingInView.counts };
  const cells = map.queryRenderedFeatures({ layers: [CELLS] }).map((feature) => {
    for (const layer of layerNames) counts[layer] += Number(feature.properties[layer]);
    return { ...placeOf(feature), total: Number(feature.properties.total) };
  });
  const seen = new Map<string, SeenElement>();
  for (const feature of map.queryRenderedFeatures({ layers: [...pickable] })) {
    const element = elementOf(feature);
    if (seen.has(element.id)) continue;
    seen.set(element.id, element);
    counts[element.layer] += 1;
  }
  return {
    counts,
    elements: [...seen.values()].sort(byKindAndName()),
    cells: cells.sort((a, b) => b.total - a.total),
  };
}

const order: readonly LayerName[] = ['boxes', 'cables', 'poles', 'clients'];

function byKindAndName(): (a: SeenElement, b: SeenElement) => number {
  const names = new Intl.Collator(undefined, { numeric: true });
  return (a, b) => order.indexOf(a.layer) - order.indexOf(b.layer) || names.compare(a.name, b.name);
}

export function elementOf(feature: MapGeoJSONFeature): SeenElement {
  const { id, name, project, status } = feature.properties;
  const layer = layerNames.find((one) => one === feature.sourceLayer) ?? 'poles';
  return { layer, id, name, project: project ?? null, status, ...placeOf(feature) };
}

/** Where a point is, or the middle of a line. */
function placeOf({ geometry }: MapGeoJSONFeature): Place {
  if (geometry.type === 'Point') return pairOf(geometry.coordinates);
  if (geometry.type === 'LineString') return middleOf(geometry.coordinates);
  if (geometry.type === 'MultiLineString') return middleOf(geometry.coordinates[0] ?? []);
  return { lng: 0, lat: 0 };
}

function middleOf(line: readonly number[][]): Place {
  const after = pairOf(line[Math.floor(line.length / 2)] ?? []);
  const before = pairOf(line[Math.ceil(line.length / 2) - 1] ?? []);
  return { lng: (after.lng + before.lng) / 2, lat: (after.lat + before.lat) / 2 };
}

const pairOf = ([lng = 0, lat = 0]: number[]): Place => ({ lng, lat });
