import type { Author } from '#engine/ports.ts';
import type { PostFile, Tag } from '#generated/plant/client.ts';
import { isId } from '#plant/fields.ts';
import { findNames } from '../accounts/account-rows.ts';
import type { Server } from '../server.ts';
import { readPlant } from '../write-plant.ts';
import type { ViewPermit } from './edit-network.ts';
import { type ElementKind, type ElementRows, findElements } from './element-rows.ts';
import {
  idsOf,
  inOrder,
  type ListRequest,
  type NetworkPage,
  nameKey,
  readRequest,
} from './network-page.ts';
import { countTables, type ElementFilter, elementPage } from './page-rows.ts';
import { contentSizes, countPostsOn, filesOfPosts } from './post-rows.ts';
import { findTagsOf } from './tag-rows.ts';

export type { ElementKind, ElementRows };

export type ElementRequest = ListRequest & ElementFilter;

/** A page of the elements of a kind, by name; found ones by how well they fit first. Throws VALIDATION_FAILED for a wrong request. */
export async function listElements<K extends ElementKind>(
  server: Server,
  _permit: ViewPermit,
  kind: K,
  request: ElementRequest,
): Promise<NetworkPage<ElementRows[K]>> {
  const keys = { ...readRequest(request, nameKey), filter: request };
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

const summaryTables = {
  projects: 'project',
  poles: 'pole',
  boxes: 'box',
  cables: 'cable',
  clients: 'client',
  posts: 'post',
  files: 'post_file',
} as const;

type Counted = keyof typeof summaryTables;
export type NetworkSummary = Record<Counted, number>;

/** How many there are of each: exact up to 10,000, beyond that PostgreSQL's estimate. */
export function summarizeNetwork(server: Server, _permit: ViewPermit): Promise<NetworkSummary> {
  return readPlant(server, async (db) => {
    const counts = await countTables(db, Object.values(summaryTables));
    const names = Object.keys(summaryTables);
    return Object.fromEntries(names.map((name, at) => [name, counts[at]])) as NetworkSummary;
  });
}

/** What lists show beside their rows, for many ids at once. Answers come in the order of the ids. */
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
  const files = await filesOfPosts(server.plant, postIds);
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
  const bySha256 = await contentSizes(server.plant, sha256s);
  return sha256s.map((sha256) => bySha256.get(sha256) ?? 0n);
}

/** People as they are called now; null where the account is gone. */
export async function lookUpPeople(
  server: Server,
  _permit: ViewPermit,
  ids: Ids,
): Promise<(Author | null)[]> {
  const people = await findNames(server.plant, ids);
  return ids.map((id) => {
    const name = people.get(id);
    return name === undefined ? null : { kind: 'PERSON', id, name };
  });
}
