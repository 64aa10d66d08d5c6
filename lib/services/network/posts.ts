import { z } from 'zod';
import { notFound, validationError } from '#errors';
import type { Post } from '#generated/plant/client.ts';
import type { PlantTransaction } from '#plant/client.ts';
import {
  dateField,
  isId,
  nameField,
  readInput,
  tagIdsField,
  textField,
  wordField,
} from '#plant/fields.ts';
import { dropUnshown, lockFiles } from '#plant/file-rows.ts';
import type { Server } from '../server.ts';
import { readPlant } from '../write-plant.ts';
import { requireReferences } from './edit-element.ts';
import {
  changedBy,
  type EditPermit,
  editNetwork,
  madeBy,
  type ViewPermit,
} from './edit-network.ts';
import { type ElementKind, elementExists, elementKinds } from './element-rows.ts';
import {
  dueKey,
  idKey,
  idsOf,
  inOrder,
  type ListRequest,
  type NetworkPage,
  readRequest,
} from './network-page.ts';
import { postPage } from './page-rows.ts';
import { contentsOf, deletePostRow, findPosts, insertPost, updatePostRow } from './post-rows.ts';

export interface ElementId {
  readonly kind: ElementKind;
  readonly id: string;
}

export const workStates = ['NONE', 'OPEN', 'DONE'] as const;
export type WorkState = (typeof workStates)[number];

const fields = z.object({
  title: nameField(),
  observation: textField(),
  work: wordField(workStates),
  dueOn: dateField.nullable(),
  tagIds: tagIdsField,
});
const forUpdate = fields.partial();
const forCreate = forUpdate.required({ title: true });

export interface PostRequest extends ListRequest {
  readonly element?: ElementId | null;
  /** Only posts of this state; null: all. */
  readonly work?: WorkState | null;
}

/** A page of posts, newest first, of one element or of all; open work by the day it is due first. Throws VALIDATION_FAILED for a wrong request. */
export async function listPosts(
  server: Server,
  _permit: ViewPermit,
  request: PostRequest,
): Promise<NetworkPage<Post>> {
  const keyLength = request.work === 'OPEN' ? dueKey : idKey;
  const { element, work } = request;
  const keys = { ...readRequest(request, keyLength), element, work };
  return readPlant(server, async (db) => {
    const page = await postPage(db, keys);
    return inOrder(page, await findPosts(db, idsOf(page)));
  });
}

/** One post; null when there is none. */
export async function getPost(
  server: Server,
  _permit: ViewPermit,
  id: string,
): Promise<Post | null> {
  return isId(id) ? ((await findPosts(server.plant, [id]))[0] ?? null) : null;
}

/** What the post is about: exactly one of its references is set (a CHECK of the table). */
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
    const values = { ...data, ...dueOf('NONE', data), ...madeBy(permit) };
    const result = await insertPost(tx, element, { values, tagIds });
    return { result, edit: { deed: 'create-post', target: asTarget(result) } };
  });
}

/** A note is never due. Throws VALIDATION_FAILED where it shall be. `before`: the state until now. */
function dueOf(before: string, data: { work?: WorkState; dueOn?: Date | null }) {
  if ((data.work ?? before) !== 'NONE') return {};
  if (data.dueOn) throw validationError([{ path: 'dueOn', reason: 'dueWithoutWork' }]);
  return { dueOn: null };
}

async function requireElement(tx: PlantTransaction, { kind, id }: ElementId): Promise<void> {
  if (isId(id) && (await elementExists(tx, kind, id))) return;
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
    const { work } = await requirePost(tx, id);
    await requireReferences(tx, { tagIds });
    const values = { ...data, ...dueOf(work, data), ...changedBy(permit) };
    const result = await updatePostRow(tx, id, { values, tagIds });
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
    const shown = await contentsOf(tx, [id]);
    await deletePostRow(tx, id);
    await dropUnshown(tx, shown);
    const detail = { files: shown.length };
    return { result: id, edit: { deed: 'delete-post', target: asTarget(post), detail } };
  });
}

async function requirePost(tx: PlantTransaction, id: string): Promise<Post> {
  const [post] = isId(id) ? await findPosts(tx, [id]) : [];
  if (!post) throw notFound('post');
  return post;
}

const asTarget = ({ id, title }: Post) => ({ kind: 'post', id, name: title });
