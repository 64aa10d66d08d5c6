import { FiberkeepError, notFound } from '#errors';
import { Prisma } from '#generated/plant/client.ts';
import type { PlantTransaction } from '#plant/client.ts';
import {
  columnOf,
  type ElementKind,
  type ElementRows,
  findElements,
  tableOf,
} from '#plant/elements.ts';
import { isId } from '#plant/fields.ts';
import { dropUnshown, lockFiles } from '#plant/file-lock.ts';
import { elementPage } from '#plant/pages.ts';
import type { Server } from '../server.ts';
import { readPlant } from '../write-plant.ts';
import { type EditPermit, editNetwork, type ViewPermit } from './edit-network.ts';
import {
  idsOf,
  inOrder,
  type ListRequest,
  type NetworkPage,
  nameKey,
  readRequest,
} from './network-page.ts';

export type { ElementKind, ElementRows };

export interface ElementRequest extends ListRequest {
  readonly projectId?: string | null;
}

/** A page of the elements of a kind, by name. Throws VALIDATION_FAILED for a wrong request. */
export async function listElements<K extends ElementKind>(
  server: Server,
  _permit: ViewPermit,
  kind: K,
  request: ElementRequest,
): Promise<NetworkPage<ElementRows[K]>> {
  const keys = { ...readRequest(request, nameKey), projectId: request.projectId };
  return readPlant(server, async (db) => {
    const page = await elementPage(db, kind, keys);
    const rows: { id: string }[] & ElementRows[K][] = await findElements(db, kind, idsOf(page));
    return inOrder(page, rows);
  });
}

/** One element; null when there is none. */
export async function getElement<K extends ElementKind>(
  server: Server,
  _permit: ViewPermit,
  kind: K,
  id: string,
): Promise<ElementRows[K] | null> {
  if (!isId(id)) return null;
  return (await findElements(server.plant, kind, [id]))[0] ?? null;
}

/** Rows that would lose what they stand on or are connected to. Posts and tags go with their element. */
const needers = {
  project: [
    { table: 'pole', columns: 'project_id', count: 'poles' },
    { table: 'box', columns: 'project_id', count: 'boxes' },
    { table: 'cable', columns: 'project_id', count: 'cables' },
    { table: 'client', columns: 'project_id', count: 'clients' },
  ],
  pole: [{ table: 'box', columns: 'pole_id', count: 'boxes' }],
  box: [
    { table: 'cable', columns: 'from_box_id,to_box_id', count: 'cables' },
    { table: 'client', columns: 'box_id', count: 'clients' },
  ],
} as const satisfies Partial<Record<ElementKind, readonly Needer[]>>;

interface Needer {
  readonly table: ElementKind;
  readonly columns: string;
  readonly count: 'poles' | 'boxes' | 'cables' | 'clients';
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
    await refuseIfNeeded(tx, kind, id, name);
    const posts = await tx.$queryRaw<{ id: string }[]>`
      SELECT id::text AS id FROM plant.post WHERE ${columnOf(kind)} = ${id}::uuid`;
    const postIds = posts.map((post) => post.id);
    const shown = await filesOf(tx, postIds);
    await tx.$executeRaw`DELETE FROM ${tableOf(kind)} WHERE id = ${id}::uuid`;
    await dropUnshown(tx, shown);
    const detail = { posts: postIds.length, files: shown.length };
    return { result: id, edit: { deed: `delete-${kind}`, target: { kind, id, name }, detail } };
  });
}

/** FOR UPDATE keeps others from coming to need the row between the look and the deletion. */
async function lockElement(tx: PlantTransaction, kind: ElementKind, id: string): Promise<string> {
  const rows = await tx.$queryRaw<{ name: string }[]>`
    SELECT name FROM ${tableOf(kind)} WHERE id = ${id}::uuid FOR UPDATE`;
  if (!rows[0]) throw notFound(kind);
  return rows[0].name;
}

async function refuseIfNeeded(tx: PlantTransaction, kind: ElementKind, id: string, name: string) {
  if (kind === 'cable' || kind === 'client') return;
  const counts = { poles: 0, boxes: 0, cables: 0, clients: 0 };
  for (const { table, columns, count } of needers[kind]) {
    const rows = await tx.$queryRaw<{ count: bigint }[]>`
      SELECT count(*) AS count FROM ${tableOf(table)} WHERE ${id}::uuid IN (${Prisma.raw(columns)})`;
    counts[count] = Number(rows[0]?.count ?? 0);
  }
  if (Object.values(counts).every((count) => count === 0)) return;
  throw new FiberkeepError('CONFLICT', {
    reason: 'stillHas',
    params: { kind, name, ...counts },
  });
}

/** The contents that the posts show, each once. */
export async function filesOf(tx: PlantTransaction, postIds: readonly string[]): Promise<string[]> {
  const files = await tx.postFile.findMany({
    where: { postId: { in: [...postIds] } },
    select: { sha256: true },
    distinct: ['sha256'],
  });
  return files.map((file) => file.sha256);
}
