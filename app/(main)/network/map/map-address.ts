/** What the tiles hold: the names of their layers, which are those of the lists too. */
export const layerNames = ['poles', 'boxes', 'cables', 'clients'] as const;
export type LayerName = (typeof layerNames)[number];

export const colorings = ['kind', 'project', 'status'] as const;
export type Coloring = (typeof colorings)[number];

export interface ElementAt {
  readonly layer: LayerName;
  readonly id: string;
}

export interface View {
  readonly lat: number;
  readonly lng: number;
  readonly zoom: number;
}

/** What the page's address says, so that it can be sent to somebody. */
export interface MapAddress {
  /** Null: the whole network. */
  readonly view: View | null;
  readonly coloring: Coloring;
  readonly element: ElementAt | null;
}

type Params = Pick<URLSearchParams, 'get'>;

/** Reads an address; parts of it that make no sense count as absent. */
export function readMapAddress(params: Params): MapAddress {
  const coloring = colorings.find((name) => name === params.get('color')) ?? 'kind';
  return { view: readView(params.get('at')), coloring, element: readElement(params.get('show')) };
}

const NUMBER = /^-?\d{1,3}(?:\.\d{1,12})?$/;

/** `-3.13221,-60.02171,15.2`: latitude, longitude, zoom. */
function readView(text: string | null): View | null {
  const parts = text?.split(',') ?? [];
  if (parts.length !== 3 || !parts.every((part) => NUMBER.test(part))) return null;
  const [lat = 0, lng = 0, zoom = 0] = parts.map(Number);
  return Math.abs(lat) <= 90 && Math.abs(lng) <= 180 && zoom >= 0 && zoom <= 22
    ? { lat, lng, zoom }
    : null;
}

/** `poles/0190…`. */
function readElement(text: string | null): ElementAt | null {
  const [name, id = ''] = text?.split('/') ?? [];
  const layer = layerNames.find((one) => one === name);
  return layer && /^[0-9a-f-]{36}$/.test(id) ? { layer, id } : null;
}

export function writeView({ lat, lng, zoom }: View): string {
  return `${lat.toFixed(5)},${lng.toFixed(5)},${zoom.toFixed(2)}`;
}

/** The address's parameters with these in place of theirs; null removes one. Commas and slashes stay readable. */
export function writeMapAddress(
  now: URLSearchParams,
  change: { at?: string | null; color?: Coloring | null; show?: string | null },
): string {
  const next = new URLSearchParams(now);
  for (const [name, value] of Object.entries(change))
    if (value === null) next.delete(name);
    else if (value !== undefined) next.set(name, value);
  return String(next).replaceAll('%2C', ',').replaceAll('%2F', '/');
}
