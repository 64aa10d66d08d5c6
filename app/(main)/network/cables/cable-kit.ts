import {
  type CablePartsFragment,
  type CableType,
  CreateCableDocument,
  type CreateCableInput,
  DeleteCableDocument,
  type DeploymentStatus,
  UpdateCableDocument,
  type UpdateCableInput,
} from '#generated/graphql/client/graphql.ts';
import {
  type ElementKit,
  type ElementValues,
  numberOf,
  optionOf,
  refOf,
  textOf,
  textOrNull,
} from '../elements/kit.ts';
import { deploymentStatus } from '../elements/position-fields.ts';

const input = (values: ElementValues) => ({
  name: textOf(values, 'name'),
  projectId: refOf(values, 'projectId'),
  fromBoxId: refOf(values, 'fromBoxId'),
  toBoxId: refOf(values, 'toBoxId'),
  type: optionOf<CableType>(values, 'cableType'),
  fiberCount: numberOf(values, 'fiberCount') ?? 1,
  lengthMeters: numberOf(values, 'lengthMeters') ?? 0,
  deploymentStatus: optionOf<DeploymentStatus>(values, 'deploymentStatus'),
  template: textOf(values, 'template'),
  tubeCount: numberOf(values, 'tubeCount') ?? 1,
  observation: textOf(values, 'observation'),
  externalId: textOrNull(values, 'externalId'),
  tagIds: [...values.tagIds],
});

export const cableKit: ElementKit<CablePartsFragment, CreateCableInput, UpdateCableInput> = {
  kind: 'CABLE',
  fields: [
    { type: 'text', name: 'name', required: true },
    { type: 'ref', name: 'projectId', to: 'project' },
    { type: 'ref', name: 'fromBoxId', to: 'box', half: true },
    { type: 'ref', name: 'toBoxId', to: 'box', half: true },
    {
      type: 'select',
      name: 'cableType',
      group: 'cableType',
      values: ['BACKBONE', 'DISTRIBUTION', 'DROP'],
      half: true,
    },
    deploymentStatus,
    { type: 'number', name: 'fiberCount', min: 1, max: 3456, required: true, half: true },
    { type: 'number', name: 'lengthMeters', min: 0, step: 'any', required: true, half: true },
    { type: 'number', name: 'tubeCount', min: 1, max: 288, required: true, half: true },
    { type: 'text', name: 'template', half: true },
    { type: 'text', name: 'externalId', half: true },
    { type: 'area', name: 'observation' },
  ],
  values: (cable) => ({
    text: {
      name: cable?.name ?? '',
      cableType: cable?.type ?? 'DISTRIBUTION',
      fiberCount: String(cable?.fiberCount ?? 12),
      lengthMeters: String(cable?.lengthMeters ?? 0),
      deploymentStatus: cable?.deploymentStatus ?? 'PLANNED',
      template: cable?.template ?? '',
      tubeCount: String(cable?.tubeCount ?? 1),
      observation: cable?.observation ?? '',
      externalId: cable?.externalId ?? '',
    },
    refs: {
      projectId: cable?.project ?? null,
      fromBoxId: cable?.fromBox ?? null,
      toBoxId: cable?.toBox ?? null,
    },
    tagIds: cable?.tags.map((tag) => tag.id) ?? [],
  }),
  createInput: input,
  updateInput: input,
  create: CreateCableDocument,
  update: UpdateCableDocument,
  remove: DeleteCableDocument,
};
