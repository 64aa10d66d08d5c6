import {
  type Box,
  type Cable,
  type Client,
  type Pole,
  Prisma,
  type Project,
} from '#generated/plant/client.ts';
import type { PlantTransaction } from '#plant/client.ts';

/** What a map shows, and what has tags and posts. Tables and columns are named after the kind. */
export const elementKinds = ['project', 'pole', 'box', 'cable', 'client'] as const;

export type ElementKind = (typeof elementKinds)[number];

export interface ElementRows {
  project: Project;
  pole: Pole;
  box: Box;
  cable: Cable;
  client: Client;
}

/** What a row of each kind is made of, beside its tags. */
export interface ElementValues {
  project: Prisma.ProjectUncheckedCreateInput;
  pole: Prisma.PoleUncheckedCreateInput;
  box: Prisma.BoxUncheckedCreateInput;
  cable: Prisma.CableUncheckedCreateInput;
  client: Prisma.ClientUncheckedCreateInput;
}

interface Written {
  readonly values: object;
  /** The tags that remain; undefined leaves them as they are. */
  readonly tagIds?: readonly string[];
}

/** One table through Prisma. What the values hold, `element-fields.ts` checks. */
interface Table<Row> {
  findMany(args: { where: { id: { in: string[] } } }): Promise<Row[]>;
  create(args: { data: object }): Promise<Row>;
  update(args: { where: { id: string }; data: object }): Promise<Row>;
  count(args: { where: { id: string } }): Promise<number>;
}

function tableIn<K extends ElementKind>(db: PlantTransaction, kind: K): Table<ElementRows[K]> {
  return db[kind] as unknown as Table<ElementRows[K]>;
}

/** The rows of the ids, in any order; those that there are. */
export function findElements<K extends ElementKind>(
  db: PlantTransaction,
  kind: K,
  ids: readonly string[],
): Promise<ElementRows[K][]> {
  return tableIn(db, kind).findMany({ where: { id: { in: [...ids] } } });
}

export async function elementExists(
  db: PlantTransaction,
  kind: ElementKind,
  id: string,
): Promise<boolean> {
  return (await tableIn(db, kind).count({ where: { id } })) > 0;
}

export function insertElement<K extends ElementKind>(
  tx: PlantTransaction,
  kind: K,
  { values, tagIds }: Written,
): Promise<ElementRows[K]> {
  return tableIn(tx, kind).create({ data: { ...values, tags: tagLinks(tagIds) } });
}

export function updateElementRow<K extends ElementKind>(
  tx: PlantTransaction,
  kind: K,
  id: string,
  { values, tagIds }: Written,
): Promise<ElementRows[K]> {
  const data = { ...values, tags: newTagLinks(tagIds) };
  return tableIn(tx, kind).update({ where: { id }, data });
}

/**
 * Locks the row until the transaction ends and answers its name; null where there is none. Keeps others from
 * coming to need the row before it is deleted.
 */
export async function lockElement(
  tx: PlantTransaction,
  kind: ElementKind,
  id: string,
): Promise<string | null> {
  const rows = await tx.$queryRaw<{ name: string }[]>`
    SELECT name FROM ${tableOf(kind)} WHERE id = ${id}::uuid FOR UPDATE`;
  return rows[0]?.name ?? null;
}

/** Locks the row against other changes until the transaction ends; others may still refer to it. */
export async function lockForChange(
  tx: PlantTransaction,
  kind: ElementKind,
  id: string,
): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 AS found FROM ${tableOf(kind)} WHERE id = ${id}::uuid FOR NO KEY UPDATE`;
  return rows.length > 0;
}

export async function deleteElementRow(
  tx: PlantTransaction,
  kind: ElementKind,
  id: string,
): Promise<void> {
  await tx.$executeRaw`DELETE FROM ${tableOf(kind)} WHERE id = ${id}::uuid`;
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
  cable: [],
  client: [],
} as const satisfies Record<ElementKind, readonly Needer[]>;

interface Needer {
  readonly table: ElementKind;
  readonly columns: string;
  readonly count: keyof Needers;
}

/** How many elements of each kind need an element. */
export interface Needers {
  readonly poles: number;
  readonly boxes: number;
  readonly cables: number;
  readonly clients: number;
}

export async function countNeeders(
  tx: PlantTransaction,
  kind: ElementKind,
  id: string,
): Promise<Needers> {
  const counts = { poles: 0, boxes: 0, cables: 0, clients: 0 };
  for (const { table, columns, count } of needers[kind]) {
    const rows = await tx.$queryRaw<{ count: bigint }[]>`
      SELECT count(*) AS count FROM ${tableOf(table)} WHERE ${id}::uuid IN (${Prisma.raw(columns)})`;
    counts[count] = Number(rows[0]?.count ?? 0);
  }
  return counts;
}

/** Whether the plant has no project, and so no element. */
export async function isPlantEmpty(db: PlantTransaction): Promise<boolean> {
  return (await db.project.findFirst({ select: { id: true } })) === null;
}

/** The kind's table. */
export const tableOf = (kind: ElementKind) => Prisma.raw(`plant."${kind}"`);
/** The table of the kind's tags. */
export const tagTableOf = (kind: ElementKind | 'post') => Prisma.raw(`plant."${kind}_tag"`);
/** The column that refers to the kind, in `post` and in the table of its tags. */
export const columnOf = (kind: ElementKind | 'post') => Prisma.raw(`"${kind}_id"`);

/** Links to tags, as Prisma nests them in a create. */
export const tagLinks = (tagIds: readonly string[] | undefined) =>
  tagIds && { create: tagIds.map((tagId) => ({ tagId })) };

/** The same in an update: the tags given are all that remain; undefined leaves them as they are. */
export const newTagLinks = (tagIds: readonly string[] | undefined) =>
  tagIds && { deleteMany: {}, create: tagIds.map((tagId) => ({ tagId })) };
