import { Prisma, type Tag } from '#generated/plant/client.ts';
import type { PlantTransaction } from './client.ts';
import { columnOf, type ElementKind, tagTableOf } from './elements.ts';

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
    orderBy: { name: 'asc' },
  });
  const found = new Map<string, Tag[]>();
  for (const tag of tags)
    for (const link of links)
      if (link.tag === tag.id) found.set(link.owner, [...(found.get(link.owner) ?? []), tag]);
  return found;
}

/** How many posts stand on each of the elements; an id without any has no entry. */
export async function countPostsOn(
  db: PlantTransaction,
  kind: ElementKind,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const column = columnOf(kind);
  const rows = await db.$queryRaw<{ id: string; count: bigint }[]>(
    Prisma.sql`SELECT ${column}::text AS id, count(*) AS count FROM plant.post
      WHERE ${column} = ANY(${ids}::uuid[]) GROUP BY ${column}`,
  );
  return new Map(rows.map((row) => [row.id, Number(row.count)]));
}
