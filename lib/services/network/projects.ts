import { z } from 'zod';
import type { Project } from '#generated/plant/client.ts';
import { nameField, tagIdsField, textField } from '#plant/fields.ts';
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
  description: textField(),
  tagIds: tagIdsField,
});
const forCreate = fields.partial({ description: true, tagIds: true });
const forUpdate = fields.partial();

/** Throws VALIDATION_FAILED naming the wrong fields. */
export function createProject(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  input: object,
): Promise<Project> {
  const edit = { server, permit, epoch, kind: 'project' as const, schema: forCreate, input };
  return createElement(edit, (tx, { tagIds, ...data }) =>
    tx.project.create({ data: { ...data, ...madeBy(permit), tags: tagLinks(tagIds) } }),
  );
}

/** Changes the fields given. Throws VALIDATION_FAILED, NOT_FOUND. */
export function updateProject(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  id: string,
  input: object,
): Promise<Project> {
  const edit = { server, permit, epoch, kind: 'project' as const, schema: forUpdate, input, id };
  return updateElement(edit, (tx, { tagIds, ...data }) =>
    tx.project.update({
      where: { id },
      data: { ...data, ...changedBy(permit), tags: newTagLinks(tagIds) },
    }),
  );
}
