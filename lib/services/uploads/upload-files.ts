import type { Server } from '../server.ts';
import { markRemoved } from './upload-rows.ts';

const UNCLAIMED_MS = 24 * 60 * 60 * 1000;

/** Removes the bytes of an upload that ended. */
export async function removeBytes(server: Server, id: string): Promise<void> {
  await server.uploads.remove(id);
  await markRemoved(server.vault, id);
}

/** Removes old bytes without a row: a process died after it made room for them. */
export async function removeUnclaimed(
  server: Server,
  isKnown: (id: string) => Promise<boolean>,
): Promise<void> {
  for await (const { id, modifiedAt } of server.uploads.list()) {
    if (Date.now() - modifiedAt.getTime() < UNCLAIMED_MS) continue;
    if (!(await isKnown(id))) await server.uploads.remove(id);
  }
}
