import {
  type BoxPartsFragment,
  type BoxType,
  CreateBoxDocument,
  type CreateBoxInput,
  DeleteBoxDocument,
  type DeploymentStatus,
  UpdateBoxDocument,
  type UpdateBoxInput,
} from '#generated/graphql/client/graphql.ts';
import {
  degreesOf,
  type ElementKit,
  type ElementValues,
  numberOf,
  optionOf,
  refOf,
  textOf,
} from '../elements/kit.ts';
import { deploymentStatus, latitude, longitude } from '../elements/position-fields.ts';

const input = (values: ElementValues) => ({
  name: textOf(values, 'name'),
  projectId: refOf(values, 'projectId'),
  poleId: refOf(values, 'poleId'),
  lat: degreesOf(values, 'lat'),
  lng: degreesOf(values, 'lng'),
  level: numberOf(values, 'level') ?? 1,
  type: optionOf<BoxType>(values, 'boxType'),
  template: textOf(values, 'template'),
  deploymentStatus: optionOf<DeploymentStatus>(values, 'deploymentStatus'),
  tagIds: [...values.tagIds],
});

export const boxKit: ElementKit<BoxPartsFragment, CreateBoxInput, UpdateBoxInput> = {
  kind: 'BOX',
  fields: [
    { type: 'text', name: 'name', required: true },
    { type: 'ref', name: 'projectId', to: 'project', half: true },
    { type: 'ref', name: 'poleId', to: 'pole', half: true },
    latitude,
    longitude,
    {
      type: 'select',
      name: 'boxType',
      group: 'boxType',
      values: ['SPLICE', 'TERMINATION', 'DISTRIBUTION'],
      half: true,
    },
    { type: 'number', name: 'level', min: 1, max: 99, required: true, half: true },
    { type: 'text', name: 'template', half: true },
    deploymentStatus,
  ],
  values: (box) => ({
    text: {
      name: box?.name ?? '',
      lat: box ? String(box.lat) : '',
      lng: box ? String(box.lng) : '',
      level: String(box?.level ?? 1),
      boxType: box?.type ?? 'SPLICE',
      template: box?.template ?? '',
      deploymentStatus: box?.deploymentStatus ?? 'PLANNED',
    },
    refs: { projectId: box?.project ?? null, poleId: box?.pole ?? null },
    tagIds: box?.tags.map((tag) => tag.id) ?? [],
  }),
  createInput: input,
  updateInput: input,
  create: CreateBoxDocument,
  update: UpdateBoxDocument,
  remove: DeleteBoxDocument,
};
