import { z } from 'zod';
import type { Cable } from '#generated/plant/client.ts';
import {
  idField,
  lengthField,
  nameField,
  pathField,
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
  fromBoxId: idField.nullable(),
  toBoxId: idField.nullable(),
  type: wordField(['BACKBONE', 'DISTRIBUTION', 'DROP']),
  fiberCount: wholeField(1, 3456),
  lengthMeters: lengthField,
  path: pathField,
  deploymentStatus: wordField(['PLANNED', 'DEPLOYED', 'CERTIFIED', 'REMOVED']),
  tagIds: tagIdsField,
});
const forCreate = fields.partial({
  projectId: true,
  fromBoxId: true,
  toBoxId: true,
  type: true,
  fiberCount: true,
  lengthMeters: true,
  path: true,
  deploymentStatus: true,
  tagIds: true,
});
const forUpdate = fields.partial();

/** Throws VALIDATION_FAILED naming the wrong fields. */
export function createCable(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  input: object,
): Promise<Cable> {
  const edit = { server, permit, epoch, kind: 'cable' as const, schema: forCreate, input };
  return createElement(edit, (tx, { tagIds, ...data }) =>
    tx.cable.create({ data: { ...data, ...madeBy(permit), tags: tagLinks(tagIds) } }),
  );
}

/** Changes the fields given. Throws VALIDATION_FAILED, NOT_FOUND. */
export function updateCable(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  id: string,
  input: object,
): Promise<Cable> {
  const edit = { server, permit, epoch, kind: 'cable' as const, schema: forUpdate, input, id };
  return updateElement(edit, (tx, { tagIds, ...data }) =>
    tx.cable.update({
      where: { id },
      data: { ...data, ...changedBy(permit), tags: newTagLinks(tagIds) },
    }),
  );
}
