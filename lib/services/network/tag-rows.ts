import { Prisma, type Tag } from '#generated/plant/client.ts';
import type { PlantTransaction } from '#plant/client.ts';
import { compareNames, foldName } from '#text';
import { columnOf, type ElementKind, elementKinds, tagTableOf } from './element-rows.ts';

/** Tags of the elements (or posts) of a kind, by name; an id without any has no entry. Two queries. */
export async function findTagsOf(
  db: PlantTransaction,
  kind: ElementKind | 'post',
  ids: readonly string[],
): Promise<Map<string, Tag[]>> {
  const links = await db.$queryRaw<{ owner: string; tag: string }[]>`
    SELECT ${columnOf(kind)}::text AS owner, tag_id::text AS tag FROM ${tagTableOf(kind)}
    WHERE ${columnOf(kind)} = ANY(${ids}::uuid[])`;
  const tags = await db.tag.findMany({
    where: { id: { in: [...new Set(links.map((link) => link.tag))] } },
  });
  const found = new Map<string, Tag[]>();
  for (const tag of inOrder(tags))
    for (const link of links)
      if (link.tag === tag.id) found.set(link.owner, [...(found.get(link.owner) ?? []), tag]);
  return found;
}

/** Every tag, by name. */
export async function readTags(db: PlantTransaction): Promise<Tag[]> {
  return inOrder(await db.tag.findMany());
}

const inOrder = (tags: Tag[]) => tags.sort((a, b) => compareNames(a.name, b.name));

export function findTag(db: PlantTransaction, id: string): Promise<Tag | null> {
  return db.tag.findUnique({ where: { id } });
}

/** The id of the tag that a search takes for `name`: see `foldName`. Null where there is none. */
export async function findTagLike(db: PlantTransaction, name: string): Promise<string | null> {
  const found = await db.$queryRaw<{ id: string }[]>`
    SELECT id FROM plant.tag WHERE plant.fold_name(name COLLATE "C") = ${foldName(name)}`;
  return found[0]?.id ?? null;
}

/** How many elements and posts have the tag. */
export async function countUsesOf(db: PlantTransaction, tagId: string): Promise<number> {
  const of = (kind: ElementKind | 'post') =>
    Prisma.sql`(SELECT count(*) FROM ${tagTableOf(kind)} WHERE tag_id = ${tagId}::uuid)`;
  const counts = [...elementKinds, 'post' as const].map(of);
  const found = await db.$queryRaw<{ uses: bigint }[]>`
    SELECT ${Prisma.join(counts, ' + ')} AS uses`;
  return Number(found[0]?.uses ?? 0);
}

/** How many of these tags there are. */
export function countTags(db: PlantTransaction, ids: readonly string[]): Promise<number> {
  return db.tag.count({ where: { id: { in: [...ids] } } });
}

export function insertTag(
  tx: PlantTransaction,
  data: Prisma.TagUncheckedCreateInput,
): Promise<Tag> {
  return tx.tag.create({ data });
}

export function updateTagRow(
  tx: PlantTransaction,
  id: string,
  data: Prisma.TagUncheckedUpdateInput,
): Promise<Tag> {
  return tx.tag.update({ where: { id }, data });
}

export async function deleteTagRow(tx: PlantTransaction, id: string): Promise<void> {
  await tx.tag.delete({ where: { id } });
}
