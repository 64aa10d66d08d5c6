import { z } from 'zod';
import { notFound, validationError } from '#errors';
import type { Post } from '#generated/plant/client.ts';
import type { PlantTransaction } from '#plant/client.ts';
import { type ElementKind, elementKinds, findElements } from '#plant/elements.ts';
import { isId, nameField, readInput, tagIdsField, textField } from '#plant/fields.ts';
import { dropUnshown, lockFiles } from '#plant/file-lock.ts';
import { postPage } from '#plant/pages.ts';
import type { Server } from '../server.ts';
import { readPlant } from '../write-plant.ts';
import { changedBy, madeBy, newTagLinks, requireReferences, tagLinks } from './edit-element.ts';
import { type EditPermit, editNetwork, type ViewPermit } from './edit-network.ts';
import { filesOf } from './elements.ts';
import {
  idKey,
  idsOf,
  inOrder,
  type ListRequest,
  type NetworkPage,
  readRequest,
} from './network-page.ts';

export interface ElementId {
  readonly kind: ElementKind;
  readonly id: string;
}

const fields = z.object({ title: nameField(), observation: textField(), tagIds: tagIdsField });
const forCreate = fields.partial({ observation: true, tagIds: true });
const forUpdate = fields.partial();

export interface PostRequest extends ListRequest {
  readonly element?: ElementId | null;
}

/** A page of posts, newest first, of one element or of all. Throws VALIDATION_FAILED for a wrong request. */
export async function listPosts(
  server: Server,
  _permit: ViewPermit,
  request: PostRequest,
): Promise<NetworkPage<Post>> {
  const keys = { ...readRequest(request, idKey), element: request.element };
  return readPlant(server, async (db) => {
    const page = await postPage(db, keys);
    return inOrder(page, await db.post.findMany({ where: { id: { in: idsOf(page) } } }));
  });
}

/** One post; null when there is none. */
export async function getPost(
  server: Server,
  _permit: ViewPermit,
  id: string,
): Promise<Post | null> {
  return isId(id) ? server.plant.post.findUnique({ where: { id } }) : null;
}

/** What the post stands on: exactly one of its references is set (a CHECK of the table). */
export function elementOf(post: Post): ElementId {
  for (const kind of elementKinds) {
    const id = post[`${kind}Id`];
    if (id) return { kind, id };
  }
  throw new RangeError(`The post ${post.id} is on no element.`);
}

/** Throws VALIDATION_FAILED naming the wrong fields, also where the element is not there. */
export async function createPost(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  element: ElementId,
  input: object,
): Promise<Post> {
  const { tagIds, ...data } = readInput(forCreate, input);
  return editNetwork(server, permit, epoch, async (tx) => {
    await requireElement(tx, element);
    await requireReferences(tx, { tagIds });
    const result = await tx.post.create({
      data: {
        ...data,
        [`${element.kind}Id`]: element.id,
        ...madeBy(permit),
        tags: tagLinks(tagIds),
      },
    });
    return { result, edit: { deed: 'create-post', target: asTarget(result) } };
  });
}

async function requireElement(tx: PlantTransaction, { kind, id }: ElementId): Promise<void> {
  if (isId(id) && (await findElements(tx, kind, [id]))[0]) return;
  throw validationError([{ path: 'element.id', reason: 'notThere' }]);
}

/** Changes the fields given. Throws VALIDATION_FAILED, NOT_FOUND. */
export async function updatePost(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  id: string,
  input: object,
): Promise<Post> {
  const { tagIds, ...data } = readInput(forUpdate, input);
  return editNetwork(server, permit, epoch, async (tx) => {
    await requirePost(tx, id);
    await requireReferences(tx, { tagIds });
    const result = await tx.post.update({
      where: { id },
      data: { ...data, ...changedBy(permit), tags: newTagLinks(tagIds) },
    });
    return { result, edit: { deed: 'update-post', target: asTarget(result) } };
  });
}

/** Deletes the post and takes its files off it. Throws NOT_FOUND. */
export async function deletePost(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  id: string,
): Promise<string> {
  return editNetwork(server, permit, epoch, async (tx) => {
    await lockFiles(tx, 'removing');
    const post = await requirePost(tx, id);
    const shown = await filesOf(tx, [id]);
    await tx.post.delete({ where: { id } });
    await dropUnshown(tx, shown);
    const detail = { files: shown.length };
    return { result: id, edit: { deed: 'delete-post', target: asTarget(post), detail } };
  });
}

async function requirePost(tx: PlantTransaction, id: string): Promise<Post> {
  const post = isId(id) ? await tx.post.findUnique({ where: { id } }) : null;
  if (!post) throw notFound('post');
  return post;
}

const asTarget = ({ id, title }: Post) => ({ kind: 'post', id, name: title });
