import type { Author } from '#engine/ports.ts';
import type { PostFile, Tag } from '#generated/plant/client.ts';
import { type ElementKind, type ElementRows, findElements } from '#plant/elements.ts';
import { countPostsOn, findTagsOf } from '#plant/lookups.ts';
import type { Server } from '../server.ts';
import type { ViewPermit } from './edit-network.ts';

/** What lists show beside their rows, for many rows in one or two queries. Answers come in the ids' order. */

type Ids = readonly string[];

export async function lookUpElements<K extends ElementKind>(
  server: Server,
  _permit: ViewPermit,
  kind: K,
  ids: Ids,
): Promise<(ElementRows[K] | null)[]> {
  const rows: ({ id: string } & ElementRows[K])[] = await findElements(server.plant, kind, ids);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

export async function lookUpTags(
  server: Server,
  _permit: ViewPermit,
  kind: ElementKind | 'post',
  ids: Ids,
): Promise<Tag[][]> {
  const found = await findTagsOf(server.plant, kind, ids);
  return ids.map((id) => found.get(id) ?? []);
}

export async function lookUpPostCounts(
  server: Server,
  _permit: ViewPermit,
  kind: ElementKind,
  ids: Ids,
): Promise<number[]> {
  const found = await countPostsOn(server.plant, kind, ids);
  return ids.map((id) => found.get(id) ?? 0);
}

/** The files of each post, oldest first. */
export async function lookUpPostFiles(
  server: Server,
  _permit: ViewPermit,
  postIds: Ids,
): Promise<PostFile[][]> {
  const files = await server.plant.postFile.findMany({
    where: { postId: { in: [...postIds] } },
    orderBy: { id: 'asc' },
  });
  const byPost = new Map<string, PostFile[]>();
  for (const file of files) byPost.set(file.postId, [...(byPost.get(file.postId) ?? []), file]);
  return postIds.map((id) => byPost.get(id) ?? []);
}

/** Sizes of contents in bytes. */
export async function lookUpFileSizes(
  server: Server,
  _permit: ViewPermit,
  sha256s: Ids,
): Promise<bigint[]> {
  const files = await server.plant.storedFile.findMany({ where: { sha256: { in: [...sha256s] } } });
  const bySha256 = new Map(files.map((file) => [file.sha256, file.bytes]));
  return sha256s.map((sha256) => bySha256.get(sha256) ?? 0n);
}

/** People as they are called now; null where the account is gone. */
export async function lookUpPeople(
  server: Server,
  _permit: ViewPermit,
  ids: Ids,
): Promise<(Author | null)[]> {
  const people = await server.plant.user.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, name: true },
  });
  const byId = new Map(people.map(({ id, name }) => [id, { kind: 'PERSON' as const, id, name }]));
  return ids.map((id) => byId.get(id) ?? null);
}
