import { z } from 'zod';
import type { Client } from '#generated/plant/client.ts';
import {
  idField,
  latField,
  lineField,
  lngField,
  nameField,
  tagIdsField,
  wholeField,
  wordField,
} from '#plant/fields.ts';
import type { Server } from '../server.ts';
import {
  changedBy,
  createElement,
  madeBy,
  newTagLinks,
  tagLinks,
  updateElement,
} from './edit-element.ts';
import type { EditPermit } from './edit-network.ts';

const fields = z.object({
  name: nameField(),
  projectId: idField.nullable(),
  boxId: idField.nullable(),
  lat: latField,
  lng: lngField,
  address: lineField(),
  plan: lineField(),
  port: wholeField(1, 256).nullable(),
  status: wordField(['PLANNED', 'ACTIVE', 'SUSPENDED', 'CANCELLED']),
  tagIds: tagIdsField,
});
const forCreate = fields.partial({
  projectId: true,
  boxId: true,
  address: true,
  plan: true,
  port: true,
  status: true,
  tagIds: true,
});
const forUpdate = fields.partial();

/** Throws VALIDATION_FAILED naming the wrong fields. */
export function createClient(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  input: object,
): Promise<Client> {
  const edit = { server, permit, epoch, kind: 'client' as const, schema: forCreate, input };
  return createElement(edit, (tx, { tagIds, ...data }) =>
    tx.client.create({ data: { ...data, ...madeBy(permit), tags: tagLinks(tagIds) } }),
  );
}

/** Changes the fields given. Throws VALIDATION_FAILED, NOT_FOUND. */
export function updateClient(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  id: string,
  input: object,
): Promise<Client> {
  const edit = { server, permit, epoch, kind: 'client' as const, schema: forUpdate, input, id };
  return updateElement(edit, (tx, { tagIds, ...data }) =>
    tx.client.update({
      where: { id },
      data: { ...data, ...changedBy(permit), tags: newTagLinks(tagIds) },
    }),
  );
}
