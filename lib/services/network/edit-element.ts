import { FiberkeepError, type FieldError, notFound, validationError } from '#errors';
import type { PlantTransaction } from '#plant/client.ts';
import { isId } from '#plant/fields.ts';
import { dropUnshown, lockFiles } from '#plant/file-rows.ts';
import { isTaken } from '../is-taken.ts';
import type { Server } from '../server.ts';
import { changedFields, referredKinds, type Version } from './changed-fields.ts';
import { changedBy, type EditPermit, editNetwork, madeBy } from './edit-network.ts';
import { type References, readElement } from './element-fields.ts';
import {
  countNeeders,
  deleteElementRow,
  type ElementKind,
  type ElementRows,
  elementExists,
  findElements,
  insertElement,
  lockElement,
  lockForChange,
  updateElementRow,
} from './element-rows.ts';
import { requirePorts } from './port-rules.ts';
import { contentsOf, postIdsOn } from './post-rows.ts';
import { countTags, findTagsOf } from './tag-rows.ts';

/** Makes an element. `epoch`: see `writePlant`. Throws VALIDATION_FAILED naming the wrong fields. */
export async function createElement<K extends ElementKind>(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  kind: K,
  input: object,
): Promise<ElementRows[K]> {
  const { tagIds, ...fields } = readElement(kind, 'forCreate', input);
  const made = editNetwork(server, permit, epoch, async (tx) => {
    await requireReferences(tx, { ...fields, tagIds });
    await requirePorts(tx, kind, null, fields);
    const values = { ...fields, ...madeBy(permit) };
    const result = await insertElement(tx, kind, { values, tagIds });
    const target = { kind, id: result.id, name: result.name };
    return { result, edit: { deed: `create-${kind}`, target } };
  });
  return made.catch(sayIfTaken);
}

/** Changes the fields given. Throws VALIDATION_FAILED, NOT_FOUND. */
export async function updateElement<K extends ElementKind>(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  kind: K,
  id: string,
  input: object,
): Promise<ElementRows[K]> {
  const { tagIds, ...fields } = readElement(kind, 'forUpdate', input);
  const changed = editNetwork(server, permit, epoch, async (tx) => {
    const before = isId(id) ? await lockVersion(tx, kind, id) : null;
    if (!before) throw notFound(kind);
    await requireReferences(tx, { ...fields, tagIds });
    await requirePorts(tx, kind, before.row, fields);
    const values = { ...fields, ...changedBy(permit) };
    const result = await updateElementRow(tx, kind, id, { values, tagIds });
    const tags = tagIds ? await tagNamesOf(tx, kind, id) : before.tags;
    const changes = await changedFields(tx, before, { row: result, tags });
    const target = { kind, id: result.id, name: result.name };
    return { result, edit: { deed: `update-${kind}`, target, detail: { fields: changes } } };
  });
  return changed.catch(sayIfTaken);
}

/** An element's only value that is unique, beside its id, is its external id. */
function sayIfTaken(thrown: unknown): never {
  if (isTaken(thrown)) throw validationError([{ path: 'externalId', reason: 'externalIdTaken' }]);
  throw thrown;
}

/** The element as it is until this transaction changes it; null where there is none. */
async function lockVersion(
  tx: PlantTransaction,
  kind: ElementKind,
  id: string,
): Promise<Version | null> {
  if (!(await lockForChange(tx, kind, id))) return null;
  const [row] = await findElements(tx, kind, [id]);
  return row ? { row, tags: await tagNamesOf(tx, kind, id) } : null;
}

async function tagNamesOf(tx: PlantTransaction, kind: ElementKind, id: string): Promise<string[]> {
  const tags = (await findTagsOf(tx, kind, [id])).get(id) ?? [];
  return tags.map(({ name }) => name);
}

/**
 * Deletes the element with its posts and their files. Throws NOT_FOUND, or CONFLICT saying what still
 * needs it.
 */
export async function deleteElement(
  server: Server,
  permit: EditPermit,
  epoch: bigint | null,
  kind: ElementKind,
  id: string,
): Promise<string> {
  if (!isId(id)) throw notFound(kind);
  return editNetwork(server, permit, epoch, async (tx) => {
    await lockFiles(tx, 'removing');
    const name = await lockElement(tx, kind, id);
    if (name === null) throw notFound(kind);
    await refuseIfNeeded(tx, kind, id, name);
    const postIds = await postIdsOn(tx, kind, id);
    const shown = await contentsOf(tx, postIds);
    await deleteElementRow(tx, kind, id);
    await dropUnshown(tx, shown);
    const detail = { posts: postIds.length, files: shown.length };
    return { result: id, edit: { deed: `delete-${kind}`, target: { kind, id, name }, detail } };
  });
}

async function refuseIfNeeded(tx: PlantTransaction, kind: ElementKind, id: string, name: string) {
  const needers = await countNeeders(tx, kind, id);
  if (Object.values(needers).every((count) => count === 0)) return;
  if (kind === 'cable' || kind === 'client') return;
  throw new FiberkeepError('CONFLICT', { reason: 'stillHas', params: { kind, name, ...needers } });
}

/** Throws VALIDATION_FAILED naming each reference to something that is not there. */
export async function requireReferences(tx: PlantTransaction, input: References): Promise<void> {
  const wrong: FieldError[] = [];
  for (const path of Object.keys(referredKinds) as (keyof typeof referredKinds)[]) {
    const id = input[path];
    if (id && !(await elementExists(tx, referredKinds[path], id)))
      wrong.push({ path, reason: 'notThere' });
  }
  const tagIds = input.tagIds ?? [];
  if (tagIds.length > 0 && (await countTags(tx, tagIds)) < tagIds.length)
    wrong.push({ path: 'tagIds', reason: 'tagNotThere' });
  if (wrong.length > 0) throw validationError(wrong);
}
