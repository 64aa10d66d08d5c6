import type { FieldSpec } from './kit.ts';

/** Degrees, WGS 84. */
export const latitude: FieldSpec = {
  type: 'number',
  name: 'lat',
  min: -90,
  max: 90,
  step: 'any',
  required: true,
  half: true,
};

export const longitude: FieldSpec = { ...latitude, name: 'lng', min: -180, max: 180 };

export const deploymentStatus: FieldSpec = {
  type: 'select',
  name: 'deploymentStatus',
  group: 'deployment',
  values: ['PLANNED', 'DEPLOYED', 'CERTIFIED', 'REMOVED'],
  half: true,
};
