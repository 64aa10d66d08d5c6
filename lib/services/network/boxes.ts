import { z } from 'zod';
import type { Box } from '#generated/plant/client.ts';
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
  poleId: idField.nullable(),
  lat: latField,
  lng: lngField,
  level: wholeField(1, 9),
  type: wordField(['SPLICE', 'TERMINATION', 'DISTRIBUTION']),
  template: lineField(),
  deploymentStatus: wordField(['PLANNED', 'DEPLOYED', 'CERTIFIED', 'REMOVED']),
  tagIds: tagIdsField,
});
const forCreate = fields.partial({
  projectId: true,
  poleId: true,
  level: true,
  type: true,
  template: true,
  deploymentStatus: true,
  tagIds: true,
});
const forUpdate = fields.partial();

/** Throws VALIDATION_FAILED naming the wrong fields. */
export function createBox(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  input: object,
): Promise<Box> {
  const edit = { server, permit, epoch, kind: 'box' as const, schema: forCreate, input };
  return createElement(edit, (tx, { tagIds, ...data }) =>
    tx.box.create({ data: { ...data, ...madeBy(permit), tags: tagLinks(tagIds) } }),
  );
}

/** Changes the fields given. Throws VALIDATION_FAILED, NOT_FOUND. */
export function updateBox(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  id: string,
  input: object,
): Promise<Box> {
  const edit = { server, permit, epoch, kind: 'box' as const, schema: forUpdate, input, id };
  return updateElement(edit, (tx, { tagIds, ...data }) =>
    tx.box.update({
      where: { id },
      data: { ...data, ...changedBy(permit), tags: newTagLinks(tagIds) },
    }),
  );
}
