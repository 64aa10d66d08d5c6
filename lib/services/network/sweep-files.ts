import { Prisma } from '#generated/plant/client.ts';
import type { PlantTransaction } from '#plant/client.ts';
import { lockFiles } from '#plant/file-lock.ts';
import type { Server } from '../server.ts';

/** Younger contents are spared: the upload or the job that brought them may not have listed them yet. */
export const FILE_GRACE_MS = 24 * 60 * 60 * 1000;
const BATCH = 200;

/** Jobs that read contents, or put them back, without having listed them where the sweep looks. */
const RELYING_JOBS = ['CREATE_BACKUP', 'STAGE_RESTORE', 'SAMPLE'];

export interface SweptFiles {
  /** Contents removed. */
  readonly files: number;
  readonly bytes: number;
  /** Left by broken uploads, removed. */
  readonly partials: number;
}

/**
 * Removes the contents that no plant lists: neither the plant nor any that is kept or staged. Leaves alone
 * what is younger than FILE_GRACE_MS, and everything while a job runs that may rely on contents; what it
 * left goes the next time.
 */
export async function sweepFiles(server: Server, now = new Date()): Promise<SweptFiles> {
  const before = new Date(now.getTime() - FILE_GRACE_MS);
  const swept = { files: 0, bytes: 0 };
  for await (const batch of oldContents(server, before)) {
    const removed = await removeUnlisted(server, batch);
    if (removed === 'busy') break;
    swept.files += removed.length;
    swept.bytes += removed.reduce((sum, file) => sum + file.bytes, 0);
  }
  return { ...swept, partials: await server.files.deletePartials(before) };
}

interface Content {
  readonly sha256: string;
  readonly bytes: number;
}

async function* oldContents(server: Server, before: Date): AsyncGenerator<Content[]> {
  let batch: Content[] = [];
  for await (const file of server.files.list()) {
    if (file.modifiedAt >= before) continue;
    batch.push(file);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/**
 * Looks and removes in one transaction, under the files' lock: nobody lists a content anew in between. The
 * lock on the plant's row keeps swaps from renaming schemas under the look. A job that starts afterwards
 * finds the contents gone and puts them back, or reads a plant that does not list them.
 */
async function removeUnlisted(
  server: Server,
  batch: readonly Content[],
): Promise<Content[] | 'busy'> {
  return server.plant.$transaction(async (tx) => {
    await lockFiles(tx, 'removing');
    await tx.$executeRaw`SELECT FROM vault.plant_state FOR SHARE`;
    if (await isReliedOn(tx)) return 'busy';
    const listed = await findListed(
      tx,
      batch.map((file) => file.sha256),
    );
    const removed = batch.filter((file) => !listed.has(file.sha256));
    for (const { sha256 } of removed) await server.files.delete(sha256);
    return removed;
  });
}

async function isReliedOn(tx: PlantTransaction): Promise<boolean> {
  const rows = await tx.$queryRaw<{ running: boolean }[]>`
    SELECT EXISTS (SELECT FROM vault.job
      WHERE status = 'RUNNING' AND kind = ANY(${RELYING_JOBS})) AS running`;
  return rows[0]?.running ?? true;
}

/** Those of the contents that any plant lists: the one in use, kept ones, staged ones. A restore test's needs none of them. */
async function findListed(tx: PlantTransaction, sha256s: readonly string[]): Promise<Set<string>> {
  const schemas = await tx.$queryRaw<{ name: string }[]>`
    SELECT quote_ident(n.nspname) AS name FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
    WHERE c.relname = 'stored_file' AND c.relkind = 'r'
      AND (n.nspname = 'plant' OR starts_with(n.nspname, 'plant_'))
      AND NOT starts_with(n.nspname, 'plant_test_')`;
  const listed = new Set<string>();
  for (const { name } of schemas) {
    const rows = await tx.$queryRaw<{ sha256: string }[]>`
      SELECT sha256 FROM ${Prisma.raw(`${name}.stored_file`)} WHERE sha256 = ANY(${[...sha256s]})`;
    for (const { sha256 } of rows) listed.add(sha256);
  }
  return listed;
}
