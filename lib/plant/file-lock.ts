import type { PlantTransaction } from './client.ts';

/** Key of the advisory lock that orders uploads and removals of contents; no other code uses it. */
export const FILE_LOCK = 7_331_001;

/**
 * Until the transaction ends: `adding` contents goes on side by side, `removing` some excludes it, so that
 * nobody removes a content, or the row that lists it, while somebody else comes to rely on it.
 */
export async function lockFiles(tx: PlantTransaction, why: 'adding' | 'removing'): Promise<void> {
  if (why === 'adding') await tx.$executeRaw`SELECT pg_advisory_xact_lock_shared(${FILE_LOCK})`;
  else await tx.$executeRaw`SELECT pg_advisory_xact_lock(${FILE_LOCK})`;
}

/** Takes those of the contents off the list that no post shows any more. Call it under the lock, `removing`. */
export async function dropUnshown(tx: PlantTransaction, sha256s: readonly string[]): Promise<void> {
  if (sha256s.length === 0) return;
  await tx.storedFile.deleteMany({ where: { sha256: { in: [...sha256s] }, posts: { none: {} } } });
}
