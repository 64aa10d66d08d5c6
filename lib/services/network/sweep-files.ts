import { countJobs } from '#jobs/job-rows.ts';
import { listedContents, lockFiles } from '#plant/file-rows.ts';
import { holdOffSwaps } from '#vault/plant-state.ts';
import { contentsForUndo } from '../bring-back/undoable-contents-rows.ts';
import type { Server } from '../server.ts';

/** Younger contents stay: the upload or job that brought them may not have listed them yet. */
export const FILE_GRACE_MS = 24 * 60 * 60 * 1000;
const BATCH = 200;
/** Longer than a store that is away is asked again: nothing is deleted once the lock is gone. */
const REMOVING_LIMITS = { timeout: 15 * 60 * 1000 };

/** Jobs that read contents, or put them back, before any plant lists them. */
const RELYING_JOBS = [
  ...['BRING_BACK', 'COMPARE', 'CREATE_BACKUP', 'STAGE_RESTORE', 'SAMPLE', 'UNDO_CHANGE_SET'],
];

export interface SweptFiles {
  /** Contents removed. */
  readonly files: number;
  /** Remains of broken uploads, removed. */
  readonly partials: number;
}

/**
 * Removes the contents that no plant lists, be it live, kept or staged, and no undo brings back. Leaves contents younger than
 * FILE_GRACE_MS, and all contents while a job runs that may rely on them. The next sweep removes those.
 */
export async function sweepFiles(server: Server, now = new Date()): Promise<SweptFiles> {
  const before = new Date(now.getTime() - FILE_GRACE_MS);
  let files = 0;
  for await (const batch of oldContents(server, before)) {
    const removed = await removeUnlisted(server, batch);
    if (removed === 'busy') break;
    files += removed;
  }
  return { files, partials: await server.files.deletePartials(before) };
}

async function* oldContents(server: Server, before: Date): AsyncGenerator<string[]> {
  let batch: string[] = [];
  for await (const file of server.files.list()) {
    if (file.modifiedAt >= before) continue;
    batch.push(file.sha256);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/**
 * Looks and removes in one transaction, under the lock on contents, so that nobody lists a content in
 * between. A job that starts afterwards finds the contents gone and puts them back, or reads a plant that
 * does not list them.
 */
async function removeUnlisted(
  server: Server,
  sha256s: readonly string[],
): Promise<number | 'busy'> {
  return server.plant.$transaction(async (tx) => {
    await lockFiles(tx, 'removing');
    await holdOffSwaps(tx);
    if ((await countJobs(tx, RELYING_JOBS, ['RUNNING'])) > 0) return 'busy';
    const listed = await listedContents(tx, sha256s);
    const undoable = await contentsForUndo(tx, sha256s);
    const unlisted = sha256s.filter((sha256) => !listed.has(sha256) && !undoable.has(sha256));
    await Promise.all(unlisted.map((sha256) => server.files.delete(sha256)));
    await Promise.all(unlisted.map((sha256) => server.previews.delete(sha256)));
    return unlisted.length;
  }, REMOVING_LIMITS);
}
