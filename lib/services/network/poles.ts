import { z } from 'zod';
import type { Pole } from '#generated/plant/client.ts';
import {
  idField,
  latField,
  lineField,
  lngField,
  nameField,
  tagIdsField,
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
  lat: latField,
  lng: lngField,
  type: lineField(),
  address: lineField(),
  licensingStatus: wordField(['NONE', 'REQUESTED', 'LICENSED', 'REFUSED']),
  tagIds: tagIdsField,
});
const forCreate = fields.partial({
  projectId: true,
  type: true,
  address: true,
  licensingStatus: true,
  tagIds: true,
});
const forUpdate = fields.partial();

/** Throws VALIDATION_FAILED naming the wrong fields. */
export function createPole(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  input: object,
): Promise<Pole> {
  const edit = { server, permit, epoch, kind: 'pole' as const, schema: forCreate, input };
  return createElement(edit, (tx, { tagIds, ...data }) =>
    tx.pole.create({ data: { ...data, ...madeBy(permit), tags: tagLinks(tagIds) } }),
  );
}

/** Changes the fields given. Throws VALIDATION_FAILED, NOT_FOUND. */
export function updatePole(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  id: string,
  input: object,
): Promise<Pole> {
  const edit = { server, permit, epoch, kind: 'pole' as const, schema: forUpdate, input, id };
  return updateElement(edit, (tx, { tagIds, ...data }) =>
    tx.pole.update({
      where: { id },
      data: { ...data, ...changedBy(permit), tags: newTagLinks(tagIds) },
    }),
  );
}
