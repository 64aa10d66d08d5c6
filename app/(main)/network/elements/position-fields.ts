import type { FieldSpec } from './kit.ts';

/** Degrees, WGS 84. */
export const latitude: FieldSpec = {
  type: 'degrees',
  name: 'lat',
  example: '-22.9064',
  half: true,
};

export const longitude: FieldSpec = {
  type: 'degrees',
  name: 'lng',
  example: '-47.0616',
  half: true,
};

export const deploymentStatus: FieldSpec = {
  type: 'select',
  name: 'deploymentStatus',
  group: 'deployment',
  values: ['PLANNED', 'DEPLOYED', 'CERTIFIED', 'REMOVED'],
  half: true,
};
