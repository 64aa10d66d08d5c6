import type { Coloring, LayerName } from './map-address.ts';

export type Look = 'light' | 'dark';

/** WebGL takes no CSS variables, so the map has its colors here. */
interface Palette {
  readonly ground: string;
  readonly water: string;
  readonly coast: string;
  readonly border: string;
  readonly ink: string;
  readonly halo: string;
  readonly accent: string;
  readonly onAccent: string;
  readonly here: string;
  readonly kinds: Readonly<Record<LayerName, string>>;
  readonly tones: Readonly<Record<StatusTone, string>>;
  /** Told apart beside each other, and from the ground. */
  readonly projects: readonly string[];
}

export type StatusTone = 'neutral' | 'accent' | 'good' | 'warn' | 'danger';

export const palettes: Readonly<Record<Look, Palette>> = {
  light: {
    ground: '#f6f6f3',
    water: '#dde7e9',
    coast: '#b9c8cc',
    border: '#d3d6d3',
    ink: '#12181d',
    halo: '#ffffff',
    accent: '#0b6b66',
    onAccent: '#ffffff',
    here: '#2563eb',
    kinds: { poles: '#5f6b76', boxes: '#0b6b66', cables: '#3f7fbf', clients: '#c2620a' },
    tones: {
      neutral: '#7b8791',
      accent: '#0f8a83',
      good: '#1f9254',
      warn: '#c98a00',
      danger: '#cf2f3a',
    },
    projects: [
      '#0f8a83',
      '#c2620a',
      '#4f5bd5',
      '#b0307a',
      '#5c8a1e',
      '#1f7fc4',
      '#a33b2f',
      '#7a4fb5',
      '#8a6d00',
      '#3c6e71',
    ],
  },
  dark: {
    ground: '#141a1e',
    water: '#0b0f12',
    coast: '#33424a',
    border: '#2a343a',
    ink: '#e9eef1',
    halo: '#0e1215',
    accent: '#4bd6c3',
    onAccent: '#04201d',
    here: '#60a5fa',
    kinds: { poles: '#93a1ab', boxes: '#4bd6c3', cables: '#6aa9e8', clients: '#f2a65a' },
    tones: {
      neutral: '#8795a0',
      accent: '#4bd6c3',
      good: '#74dba0',
      warn: '#f2c46b',
      danger: '#ff8a86',
    },
    projects: [
      '#4bd6c3',
      '#f2a65a',
      '#9aa2ff',
      '#f07fbd',
      '#a9d65a',
      '#6bbcf5',
      '#f08a7a',
      '#bf9cf2',
      '#dcbf4a',
      '#8fc3c4',
    ],
  },
};

/** What the states of elements mean, as the badges of the lists show them. */
export const statusTones: Readonly<Record<string, StatusTone>> = {
  UNKNOWN: 'neutral',
  PENDING: 'warn',
  LICENSED: 'good',
  REFUSED: 'danger',
  PLANNED: 'neutral',
  DEPLOYED: 'accent',
  CERTIFIED: 'good',
  REMOVED: 'danger',
  ACTIVE: 'good',
  SUSPENDED: 'warn',
  CANCELLED: 'danger',
};

export interface Tint {
  readonly look: Look;
  readonly coloring: Coloring;
  /** Ids in the order of their colors. */
  readonly projectIds: readonly string[];
}

/** The color of an element, as the map has it. */
export function elementColor(
  tint: Tint,
  element: { readonly layer: LayerName; readonly project: string | null; readonly status: string },
): string {
  const { kinds, tones } = palettes[tint.look];
  if (tint.coloring === 'kind') return kinds[element.layer];
  if (tint.coloring === 'project') return projectColor(tint, element.project);
  return tones[statusTones[element.status] ?? 'neutral'];
}

/** The color of a project; of those in no project, and unknown ones, that of what is neutral. */
export function projectColor({ look, projectIds }: Tint, id: string | null): string {
  const { projects, tones } = palettes[look];
  const at = id === null ? -1 : projectIds.indexOf(id);
  return projects[at % projects.length] ?? tones.neutral;
}
