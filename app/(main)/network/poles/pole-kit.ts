import {
  CreatePoleDocument,
  type CreatePoleInput,
  DeletePoleDocument,
  type LicensingStatus,
  type PolePartsFragment,
  UpdatePoleDocument,
  type UpdatePoleInput,
} from '#generated/graphql/client/graphql.ts';
import {
  degreesOf,
  type ElementKit,
  type ElementValues,
  optionOf,
  refOf,
  textOf,
  textOrNull,
} from '../elements/kit.ts';
import { latitude, longitude } from '../elements/position-fields.ts';

const input = (values: ElementValues) => ({
  name: textOf(values, 'name'),
  projectId: refOf(values, 'projectId'),
  lat: degreesOf(values, 'lat'),
  lng: degreesOf(values, 'lng'),
  type: textOf(values, 'type'),
  address: textOf(values, 'address'),
  licensingStatus: optionOf<LicensingStatus>(values, 'licensingStatus'),
  licensingProtocol: textOf(values, 'licensingProtocol'),
  observation: textOf(values, 'observation'),
  externalId: textOrNull(values, 'externalId'),
  tagIds: [...values.tagIds],
});

export const poleKit: ElementKit<PolePartsFragment, CreatePoleInput, UpdatePoleInput> = {
  kind: 'POLE',
  fields: [
    { type: 'text', name: 'name', required: true },
    { type: 'ref', name: 'projectId', to: 'project' },
    latitude,
    longitude,
    { type: 'text', name: 'type', half: true },
    {
      type: 'select',
      name: 'licensingStatus',
      group: 'licensing',
      values: ['UNKNOWN', 'PENDING', 'LICENSED', 'REFUSED'],
      half: true,
    },
    { type: 'text', name: 'address' },
    { type: 'text', name: 'licensingProtocol', half: true },
    { type: 'text', name: 'externalId', half: true },
    { type: 'area', name: 'observation' },
  ],
  values: (pole) => ({
    text: {
      name: pole?.name ?? '',
      lat: pole ? String(pole.lat) : '',
      lng: pole ? String(pole.lng) : '',
      type: pole?.type ?? '',
      address: pole?.address ?? '',
      licensingStatus: pole?.licensingStatus ?? 'UNKNOWN',
      licensingProtocol: pole?.licensingProtocol ?? '',
      observation: pole?.observation ?? '',
      externalId: pole?.externalId ?? '',
    },
    refs: { projectId: pole?.project ?? null },
    tagIds: pole?.tags.map((tag) => tag.id) ?? [],
  }),
  createInput: input,
  updateInput: input,
  create: CreatePoleDocument,
  update: UpdatePoleDocument,
  remove: DeletePoleDocument,
};
