import { type Post, type PostFile, Prisma } from '#generated/plant/client.ts';
import type { PlantTransaction } from '#plant/client.ts';
import { columnOf, type ElementKind, newTagLinks, tagLinks } from './element-rows.ts';

/** The posts of the ids, in any order; those that there are. */
export function findPosts(db: PlantTransaction, ids: readonly string[]): Promise<Post[]> {
  return db.post.findMany({ where: { id: { in: [...ids] } } });
}

export async function postExists(db: PlantTransaction, id: string): Promise<boolean> {
  return (await db.post.count({ where: { id } })) > 0;
}

interface Written {
  readonly values: object;
  /** The tags that remain; undefined leaves them as they are. */
  readonly tagIds?: readonly string[];
}

/** `on`: the element that the post is about. */
export function insertPost(
  tx: PlantTransaction,
  on: { readonly kind: ElementKind; readonly id: string },
  { values, tagIds }: Written & { readonly values: { readonly title: string } },
): Promise<Post> {
  const data = { ...values, [`${on.kind}Id`]: on.id, tags: tagLinks(tagIds) };
  return tx.post.create({ data });
}

export function updatePostRow(
  tx: PlantTransaction,
  id: string,
  { values, tagIds }: Written,
): Promise<Post> {
  return tx.post.update({ where: { id }, data: { ...values, tags: newTagLinks(tagIds) } });
}

export async function deletePostRow(tx: PlantTransaction, id: string): Promise<void> {
  await tx.post.delete({ where: { id } });
}

/** The ids of the posts on an element. */
export async function postIdsOn(
  tx: PlantTransaction,
  kind: ElementKind,
  id: string,
): Promise<string[]> {
  const posts = await tx.$queryRaw<{ id: string }[]>`
    SELECT id::text AS id FROM plant.post WHERE ${columnOf(kind)} = ${id}::uuid`;
  return posts.map((post) => post.id);
}

/** How many posts each of the elements has; an id without any has no entry. */
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

/** The files of the posts, oldest first. */
export function filesOfPosts(
  db: PlantTransaction,
  postIds: readonly string[],
): Promise<PostFile[]> {
  return db.postFile.findMany({
    where: { postId: { in: [...postIds] } },
    orderBy: { id: 'asc' },
  });
}

/** The contents that the posts show, each once. */
export async function contentsOf(
  tx: PlantTransaction,
  postIds: readonly string[],
): Promise<string[]> {
  const files = await tx.postFile.findMany({
    where: { postId: { in: [...postIds] } },
    select: { sha256: true },
    distinct: ['sha256'],
  });
  return files.map((file) => file.sha256);
}

/** A post's file with the size of its content in bytes. */
export type SizedPostFile = PostFile & { readonly bytes: bigint };

export async function findPostFile(
  db: PlantTransaction,
  id: string,
): Promise<SizedPostFile | null> {
  const found = await db.postFile.findUnique({ where: { id }, include: { file: true } });
  return found && { ...found, bytes: found.file.bytes };
}

/** Lists the content, where nobody has yet, and puts it on the post. */
export async function insertPostFile(
  tx: PlantTransaction,
  data: Prisma.PostFileUncheckedCreateInput,
  bytes: bigint,
): Promise<PostFile> {
  const { sha256 } = data;
  await tx.storedFile.upsert({ where: { sha256 }, create: { sha256, bytes }, update: {} });
  return tx.postFile.create({ data });
}

export async function deletePostFileRow(tx: PlantTransaction, id: string): Promise<void> {
  await tx.postFile.delete({ where: { id } });
}

/** Sizes of contents in bytes, by SHA-256. */
export async function contentSizes(
  db: PlantTransaction,
  sha256s: readonly string[],
): Promise<Map<string, bigint>> {
  const files = await db.storedFile.findMany({ where: { sha256: { in: [...sha256s] } } });
  return new Map(files.map((file) => [file.sha256, file.bytes]));
}
