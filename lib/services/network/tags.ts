import { z } from 'zod';
import { notFound, validationError } from '#errors';
import type { Tag } from '#generated/plant/client.ts';
import type { PlantTransaction } from '#plant/client.ts';
import { colorField, isId, nameField, readInput } from '#plant/fields.ts';
import type { Server } from '../server.ts';
import {
  changedBy,
  type EditPermit,
  editNetwork,
  madeBy,
  type ViewPermit,
} from './edit-network.ts';
import {
  countUsesOf,
  deleteTagRow,
  findTag,
  findTagLike,
  insertTag,
  readTags,
  updateTagRow,
} from './tag-rows.ts';

const MOST_TAG_NAME = 60;
const tagInput = z.object({ name: nameField(MOST_TAG_NAME), color: colorField.optional() });

/** Every tag, by name. */
export function listTags(server: Server, _permit: ViewPermit): Promise<Tag[]> {
  return readTags(server.plant);
}

/** How many elements and posts have the tag: deleting it takes it off all of them. Throws NOT_FOUND. */
export async function countTagUses(
  server: Server,
  _permit: ViewPermit,
  id: string,
): Promise<number> {
  await requireTag(server.plant, id);
  return countUsesOf(server.plant, id);
}

/** Throws VALIDATION_FAILED, also where the name is taken. */
export async function createTag(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  input: object,
): Promise<Tag> {
  const data = readInput(tagInput, input);
  return editNetwork(server, permit, epoch, async (tx) => {
    await refuseTakenName(tx, data.name, null);
    const result = await insertTag(tx, { ...data, ...madeBy(permit) });
    return { result, edit: { deed: 'create-tag', target: asTarget(result) } };
  });
}

/** Throws VALIDATION_FAILED, also where the name is taken, and NOT_FOUND. */
export async function updateTag(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  id: string,
  input: object,
): Promise<Tag> {
  const data = readInput(tagInput, input);
  return editNetwork(server, permit, epoch, async (tx) => {
    await requireTag(tx, id);
    await refuseTakenName(tx, data.name, id);
    const result = await updateTagRow(tx, id, { ...data, ...changedBy(permit) });
    return { result, edit: { deed: 'update-tag', target: asTarget(result) } };
  });
}

/** Deletes the tag and takes it off everything that has it. Throws NOT_FOUND. */
export async function deleteTag(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  id: string,
): Promise<string> {
  return editNetwork(server, permit, epoch, async (tx) => {
    const tag = await requireTag(tx, id);
    await deleteTagRow(tx, id);
    return { result: id, edit: { deed: 'delete-tag', target: asTarget(tag) } };
  });
}

async function requireTag(tx: PlantTransaction, id: string): Promise<Tag> {
  const tag = isId(id) ? await findTag(tx, id) : null;
  if (!tag) throw notFound('tag');
  return tag;
}

/** A name taken in the same instant is caught by the unique index, and answered as CONFLICT. */
async function refuseTakenName(tx: PlantTransaction, name: string, id: string | null) {
  const taken = await findTagLike(tx, name);
  if (taken !== null && taken !== id)
    throw validationError([{ path: 'name', reason: 'tagNameTaken' }]);
}

const asTarget = ({ id, name }: Tag) => ({ kind: 'tag', id, name });
