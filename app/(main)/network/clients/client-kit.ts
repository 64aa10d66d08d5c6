import {
  type ClientPartsFragment,
  type ClientStatus,
  CreateClientDocument,
  type CreateClientInput,
  DeleteClientDocument,
  UpdateClientDocument,
  type UpdateClientInput,
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
import { latitude, longitude } from '../elements/position-fields.ts';

const input = (values: ElementValues) => ({
  name: textOf(values, 'name'),
  projectId: refOf(values, 'projectId'),
  boxId: refOf(values, 'boxId'),
  lat: degreesOf(values, 'lat'),
  lng: degreesOf(values, 'lng'),
  address: textOf(values, 'address'),
  plan: textOf(values, 'plan'),
  port: numberOf(values, 'port'),
  status: optionOf<ClientStatus>(values, 'status'),
  tagIds: [...values.tagIds],
});

export const clientKit: ElementKit<ClientPartsFragment, CreateClientInput, UpdateClientInput> = {
  kind: 'CLIENT',
  fields: [
    { type: 'text', name: 'name', required: true },
    { type: 'ref', name: 'projectId', to: 'project', half: true },
    { type: 'ref', name: 'boxId', to: 'box', half: true },
    { type: 'text', name: 'address' },
    latitude,
    longitude,
    { type: 'text', name: 'plan', half: true },
    { type: 'number', name: 'port', min: 1, max: 10_000, half: true },
    {
      type: 'select',
      name: 'status',
      group: 'clientStatus',
      values: ['PLANNED', 'ACTIVE', 'SUSPENDED', 'CANCELLED'],
      half: true,
    },
  ],
  values: (client) => ({
    text: {
      name: client?.name ?? '',
      address: client?.address ?? '',
      lat: client ? String(client.lat) : '',
      lng: client ? String(client.lng) : '',
      plan: client?.plan ?? '',
      port: client?.port == null ? '' : String(client.port),
      status: client?.status ?? 'ACTIVE',
    },
    refs: { projectId: client?.project ?? null, boxId: client?.box ?? null },
    tagIds: client?.tags.map((tag) => tag.id) ?? [],
  }),
  createInput: input,
  updateInput: input,
  create: CreateClientDocument,
  update: UpdateClientDocument,
  remove: DeleteClientDocument,
};
