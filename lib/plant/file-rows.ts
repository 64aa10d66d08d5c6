import { Prisma } from '#generated/plant/client.ts';
import type { PlantTransaction } from './client.ts';

/** The key of the advisory lock that orders uploads and removals of contents. No other code uses this key. */
export const FILE_LOCK = 7_331_001;

/** A transaction of either plane. */
interface Runner {
  $executeRaw(query: TemplateStringsArray, ...values: unknown[]): Promise<number>;
}

/**
 * Locks the contents until the transaction ends: `adding` shares the lock, `removing` has it alone. So nobody
 * removes a content, or the row that lists it, while somebody else begins to rely on it.
 */
export async function lockFiles(tx: Runner, why: 'adding' | 'removing'): Promise<void> {
  if (why === 'adding') await tx.$executeRaw`SELECT pg_advisory_xact_lock_shared(${FILE_LOCK})`;
  else await tx.$executeRaw`SELECT pg_advisory_xact_lock(${FILE_LOCK})`;
  // Contents are written and removed under the lock, also in a store that takes its time.
  await tx.$executeRaw`SET LOCAL idle_in_transaction_session_timeout = 0`;
}

/** Takes the contents that no post shows any more off the list. Call it under the lock for `removing`. */
export async function dropUnshown(tx: PlantTransaction, sha256s: readonly string[]): Promise<void> {
  if (sha256s.length === 0) return;
  await tx.storedFile.deleteMany({ where: { sha256: { in: [...sha256s] }, posts: { none: {} } } });
}

/** The contents that any plant lists: the live one, kept ones, staged ones. A restore test needs none of them. */
export async function listedContents(
  tx: PlantTransaction,
  sha256s: readonly string[],
): Promise<Set<string>> {
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
