import {
  type ArchiveLayout,
  type LayoutRequest,
  openLayout,
} from '#engine/archive/write/layout.ts';
import {
  checkHead,
  headObjects,
  openStoredHead,
  sumsObject,
} from '#engine/archive/write/stored-head.ts';
import type { Manifest } from '#engine/ports.ts';
import type { Server } from '../server.ts';
import {
  areHeadsSettled,
  dropHeadsOfDeleted,
  giveUpHeads,
  type HeadPlace,
  keptHeads,
  type NewHead,
} from './archive-head-rows.ts';

/** Kept heads have at most so many bytes, those in use apart. */
const MOST_HEAD_BYTES = 4n * 1024n * 1024n * 1024n;

/** Who reads a head says so this often, or it may be given up. */
export const HEAD_USE_MS = 60_000;

/** Checks that a head reads back, and lays out the archive with it. Every chunk will be checked by its id. */
export async function openCheckedLayout(
  { store, keys }: Server,
  manifest: Manifest,
  kept: NewHead,
  options: Pick<LayoutRequest, 'noteSum'> = {},
): Promise<ArchiveLayout> {
  const place = { name: kept.object, bytes: Number(kept.bytes), sha256: kept.sha256 };
  const head = openStoredHead(store, keys, place);
  await checkHead(head);
  return openLayout({ store, keys, manifest, head, digested: false, ...options });
}

/** The chores of every minute: heads of deleted backups go, and the oldest where there are too many. */
export async function housekeepHeads(server: Server): Promise<void> {
  for (const head of await dropHeadsOfDeleted(server.vault)) await deleteHead(server, head);
  await giveUpOldHeads(server);
}

/** Makes room for another head. */
export async function giveUpOldHeads(server: Server): Promise<void> {
  for (const head of await giveUpHeads(server.vault, MOST_HEAD_BYTES))
    await deleteHead(server, head);
}

/** Deletes the objects of a head. */
export async function deleteHead(server: Server, { object, bytes }: HeadPlace): Promise<void> {
  for (const name of [...headObjects(object, Number(bytes)), sumsObject(object)])
    await server.store.delete(name);
}

/** The chore of every hour: deletes pieces that no row names, left by a process that died. */
export async function sweepHeads(server: Server): Promise<void> {
  const found: string[] = [];
  for await (const { name } of server.store.list('heads/')) found.push(name);
  if (found.length === 0 || !(await areHeadsSettled(server.vault))) return;
  const kept = await keptHeads(server.vault);
  for (const name of found)
    if (!kept.has(name.slice(0, name.lastIndexOf('.')))) await server.store.delete(name);
}
