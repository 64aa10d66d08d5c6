import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';
import type { LayerName } from './map-address.ts';
import { palettes, projectColor, statusTones, type Tint } from './map-colors.ts';

/** Layers of elements that can be picked, topmost last. */
export const pickable = ['cables', 'poles', 'clients', 'boxes'] as const satisfies LayerName[];
export const CELLS = 'cells';
/** From this zoom on there are no counts, but every element. */
export const ELEMENTS_FROM_ZOOM = 14;

type Color = string | ExpressionSpecification;

/** The style of the map without the land, which is added when it was read. */
export function mapStyle(tint: Tint, tiles: string, font: string): StyleSpecification {
  return {
    version: 8,
    sources: {
      land: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
      borders: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
      here: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
      network: { type: 'vector', tiles: [tiles], minzoom: 0, maxzoom: 16 },
    },
    layers: mapLayers(tint, font),
  };
}

/** All layers, whose colors follow `tint`. */
export function mapLayers(tint: Tint, font: string): LayerSpecification[] {
  return [
    ...groundLayers(tint),
    ...cellLayers(tint, font),
    ...cableLayers(tint),
    ...pointLayers(tint),
    ...markLayers(tint),
    ...nameLayers(tint, font),
  ];
}

/** Coasts of the world's outlines are wrong by kilometers, so they fade where somebody could rely on them. */
function groundLayers({ look }: Tint): LayerSpecification[] {
  const { ground, water, coast, border } = palettes[look];
  const fading: ExpressionSpecification = ['interpolate', ['linear'], ['zoom'], 6.5, 1, 9, 0];
  return [
    {
      id: 'water',
      type: 'background',
      paint: { 'background-color': ['interpolate', ['linear'], ['zoom'], 6.5, water, 9, ground] },
    },
    { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': ground } },
    {
      id: 'coast',
      type: 'line',
      source: 'land',
      paint: { 'line-color': coast, 'line-width': 0.8, 'line-opacity': fading },
    },
    {
      id: 'borders',
      type: 'line',
      source: 'borders',
      paint: { 'line-color': border, 'line-width': 1, 'line-opacity': fading },
    },
  ];
}

function cellLayers({ look }: Tint, font: string): LayerSpecification[] {
  const { accent, onAccent, halo } = palettes[look];
  const size: ExpressionSpecification = [
    'interpolate',
    ['linear'],
    ['log10', ['get', 'total']],
    0,
    11,
    2,
    16,
    4,
    25,
    6,
    32,
  ];
  const source = { source: 'network', 'source-layer': CELLS, maxzoom: ELEMENTS_FROM_ZOOM };
  return [
    {
      id: CELLS,
      type: 'circle',
      ...source,
      paint: {
        'circle-radius': size,
        'circle-color': accent,
        'circle-opacity': 0.9,
        'circle-stroke-color': accent,
        'circle-stroke-width': 5,
        'circle-stroke-opacity': 0.2,
      },
    },
    {
      id: 'cell-counts',
      type: 'symbol',
      ...source,
      layout: {
        'text-field': shortNumber('total'),
        'text-font': [font],
        'text-size': 11,
        'text-allow-overlap': true,
      },
      paint: { 'text-color': onAccent, 'text-halo-color': halo, 'text-halo-width': 0 },
    },
  ];
}

/** 950, 1.2k, 34k: as it fits into a circle. */
function shortNumber(name: string): ExpressionSpecification {
  const count: ExpressionSpecification = ['get', name];
  const thousands = (digits: number): ExpressionSpecification => [
    'concat',
    ['number-format', ['/', count, 1000], { 'max-fraction-digits': digits }],
    'k',
  ];
  return [
    'case',
    ['<', count, 1000],
    ['to-string', count],
    ['<', count, 10_000],
    thousands(1),
    thousands(0),
  ];
}

function byZoom(...stops: number[]): ExpressionSpecification {
  return ['interpolate', ['linear'], ['zoom'], ...stops] as unknown as ExpressionSpecification;
}

const layerOf = (name: LayerName) => ({ source: 'network', 'source-layer': name });

function cableLayers(tint: Tint): LayerSpecification[] {
  const weight: ExpressionSpecification = [
    'match',
    ['get', 'type'],
    'BACKBONE',
    2.2,
    'DROP',
    0.7,
    1.3,
  ];
  const width = (factor: number, more: number): ExpressionSpecification => [
    'interpolate',
    ['linear'],
    ['zoom'],
    11,
    ['+', ['*', weight, factor * 0.5], more],
    14,
    ['+', ['*', weight, factor], more],
    18,
    ['+', ['*', weight, factor * 2], more],
  ];
  const layout = { 'line-cap': 'round', 'line-join': 'round' } as const;
  return [
    {
      id: 'cable-casing',
      type: 'line',
      ...layerOf('cables'),
      layout,
      paint: { 'line-color': palettes[tint.look].ground, 'line-width': width(1, 2.5) },
    },
    {
      id: 'cables',
      type: 'line',
      ...layerOf('cables'),
      layout,
      paint: { 'line-color': colorOf(tint, 'cables'), 'line-width': width(1, 0) },
    },
  ];
}

/** Poles are rings, clients small dots, boxes large ones: told apart without their colors too. */
function pointLayers(tint: Tint): LayerSpecification[] {
  const { ground, halo } = palettes[tint.look];
  return [
    {
      id: 'poles',
      type: 'circle',
      ...layerOf('poles'),
      paint: {
        'circle-radius': byZoom(11, 0.8, 14, 1.5, 16, 3, 19, 6),
        'circle-color': ground,
        'circle-stroke-color': colorOf(tint, 'poles'),
        'circle-stroke-width': byZoom(14, 0.8, 16, 1.6, 19, 2.4),
      },
    },
    {
      id: 'clients',
      type: 'circle',
      ...layerOf('clients'),
      paint: {
        'circle-radius': byZoom(11, 0.8, 14, 1.5, 16, 3, 19, 6),
        'circle-color': colorOf(tint, 'clients'),
        'circle-stroke-color': halo,
        'circle-stroke-width': byZoom(14, 0, 16, 0.8, 19, 1.2),
      },
    },
    {
      id: 'boxes',
      type: 'circle',
      ...layerOf('boxes'),
      paint: {
        'circle-radius': byZoom(11, 1.6, 14, 3.2, 16, 6, 19, 11),
        'circle-color': colorOf(tint, 'boxes'),
        'circle-stroke-color': halo,
        'circle-stroke-width': byZoom(14, 0.8, 16, 1.6, 19, 2.4),
      },
    },
  ];
}

const NOTHING: ExpressionSpecification = ['==', ['get', 'id'], ''];

/** The ids of the layers that mark the element that is shown. */
export const markIds = layerOfMarks();

function layerOfMarks(): readonly string[] {
  return pickable.map((name) => `mark-${name}`);
}

/** Leaves the element with this id, or none. */
export function markFilter(id: string | null): ExpressionSpecification {
  return id === null ? NOTHING : ['==', ['get', 'id'], id];
}

function markLayers({ look }: Tint): LayerSpecification[] {
  const { accent, ink } = palettes[look];
  const marks: LayerSpecification[] = pickable.map((name) =>
    name === 'cables'
      ? {
          id: `mark-${name}`,
          type: 'line',
          ...layerOf(name),
          filter: NOTHING,
          paint: { 'line-color': ink, 'line-width': 5, 'line-opacity': 0.55 },
        }
      : {
          id: `mark-${name}`,
          type: 'circle',
          ...layerOf(name),
          filter: NOTHING,
          paint: {
            'circle-radius': byZoom(14, 9, 16, 13, 19, 19),
            'circle-color': accent,
            'circle-opacity': 0.18,
            'circle-stroke-color': ink,
            'circle-stroke-width': 2,
          },
        },
  );
  const here: LayerSpecification = {
    id: 'here',
    type: 'circle',
    source: 'here',
    paint: {
      'circle-radius': 7,
      'circle-color': palettes[look].here,
      'circle-stroke-color': '#ffffff',
      'circle-stroke-width': 2.5,
    },
  };
  return [...marks, here];
}

function nameLayers({ look }: Tint, font: string): LayerSpecification[] {
  const { ink, halo } = palettes[look];
  const named = (name: LayerName, minzoom: number): LayerSpecification => ({
    id: `name-${name}`,
    type: 'symbol',
    ...layerOf(name),
    minzoom,
    layout: {
      'text-field': ['get', 'name'],
      'text-font': [font],
      'text-size': 11,
      'text-anchor': 'top',
      'text-offset': [0, name === 'boxes' ? 1 : 0.7],
      'text-max-width': 12,
      'text-optional': true,
    },
    paint: { 'text-color': ink, 'text-halo-color': halo, 'text-halo-width': 1.4 },
  });
  return [named('poles', 18), named('clients', 17.5), named('boxes', 16)];
}

/** The color of a layer's elements, as one or as an expression of what each is. */
function colorOf(tint: Tint, layer: LayerName): Color {
  const { kinds, tones } = palettes[tint.look];
  if (tint.coloring === 'kind') return kinds[layer];
  if (tint.coloring === 'status')
    return matched(
      'status',
      Object.entries(statusTones).map(([status, tone]) => [status, tones[tone]]),
      tones.neutral,
    );
  const pairs = tint.projectIds.map((id): [string, string] => [id, projectColor(tint, id)]);
  return matched('project', pairs, tones.neutral);
}

function matched(name: string, pairs: [string, string][], other: string): Color {
  if (pairs.length === 0) return other;
  return ['match', ['get', name], ...pairs.flat(), other] as unknown as ExpressionSpecification;
}
