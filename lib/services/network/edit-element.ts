import type { z } from 'zod';
import { type FieldError, notFound, validationError } from '#errors';
import type { PlantTransaction } from '#plant/client.ts';
import { type ElementKind, type ElementRows, findElements } from '#plant/elements.ts';
import { isId, readInput } from '#plant/fields.ts';
import type { Server } from '../server.ts';
import { type EditPermit, editNetwork } from './edit-network.ts';

/** One change of an element: who makes it, on which plant, of what. */
export interface ElementEdit<K extends ElementKind, F extends References> {
  readonly server: Server;
  readonly permit: EditPermit;
  /** See `writePlant`. */
  readonly epoch: bigint | null;
  readonly kind: K;
  readonly schema: z.ZodObject & z.ZodType<F>;
  /** What the client sent; `schema` says what it must be. */
  readonly input: object;
}

/** Makes an element by `insert`. Throws VALIDATION_FAILED naming the wrong fields. */
export async function createElement<K extends ElementKind, F extends References>(
  { server, permit, epoch, kind, schema, input }: ElementEdit<K, F>,
  insert: (tx: PlantTransaction, fields: F) => Promise<ElementRows[K]>,
): Promise<ElementRows[K]> {
  const fields = readInput(schema, input);
  return editNetwork(server, permit, epoch, async (tx) => {
    await requireReferences(tx, fields);
    const result = await insert(tx, fields);
    const target = { kind, id: result.id, name: result.name };
    return { result, edit: { deed: `create-${kind}`, target } };
  });
}

/** Changes the fields given by `change`. Throws VALIDATION_FAILED, NOT_FOUND. */
export async function updateElement<K extends ElementKind, F extends References>(
  { server, permit, epoch, kind, schema, input, id }: ElementEdit<K, F> & { readonly id: string },
  change: (tx: PlantTransaction, fields: F) => Promise<ElementRows[K]>,
): Promise<ElementRows[K]> {
  const fields = readInput(schema, input);
  return editNetwork(server, permit, epoch, async (tx) => {
    if (!isId(id) || !(await findElements(tx, kind, [id]))[0]) throw notFound(kind);
    await requireReferences(tx, fields);
    const result = await change(tx, fields);
    const target = { kind, id: result.id, name: result.name };
    return { result, edit: { deed: `update-${kind}`, target } };
  });
}

/** Who made a row, and who changed it last. */
export const madeBy = ({ actor }: EditPermit) => ({
  createdById: actor.id,
  updatedById: actor.id,
});
export const changedBy = ({ actor }: EditPermit) => ({ updatedById: actor.id });

/** Links to tags, as Prisma nests them in a create. */
export const tagLinks = (tagIds: readonly string[] | undefined) =>
  tagIds && { create: tagIds.map((tagId) => ({ tagId })) };

/** The same in an update: the tags given are all that remain; none given leaves them as they are. */
export const newTagLinks = (tagIds: readonly string[] | undefined) =>
  tagIds && { deleteMany: {}, create: tagIds.map((tagId) => ({ tagId })) };

/** What an input may refer to, by the input's own field. */
export interface References {
  readonly projectId?: string | null;
  readonly poleId?: string | null;
  readonly boxId?: string | null;
  readonly fromBoxId?: string | null;
  readonly toBoxId?: string | null;
  readonly tagIds?: readonly string[];
}

/** Throws VALIDATION_FAILED naming each reference to what is not there. */
export async function requireReferences(tx: PlantTransaction, input: References): Promise<void> {
  const wrong: FieldError[] = [];
  const check = async (path: string, id: string | null | undefined, count: Count) => {
    if (id && (await count({ where: { id } })) === 0) wrong.push({ path, reason: 'notThere' });
  };
  await check('projectId', input.projectId, (args) => tx.project.count(args));
  await check('poleId', input.poleId, (args) => tx.pole.count(args));
  await check('boxId', input.boxId, (args) => tx.box.count(args));
  await check('fromBoxId', input.fromBoxId, (args) => tx.box.count(args));
  await check('toBoxId', input.toBoxId, (args) => tx.box.count(args));
  const tagIds = [...(input.tagIds ?? [])];
  if (tagIds.length > 0 && (await tx.tag.count({ where: { id: { in: tagIds } } })) < tagIds.length)
    wrong.push({ path: 'tagIds', reason: 'tagNotThere' });
  if (wrong.length > 0) throw validationError(wrong);
}

type Count = (args: { where: { id: string } }) => Promise<number>;
