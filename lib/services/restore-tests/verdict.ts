import { asFiberkeepError, type ErrorCode, FiberkeepError } from '#errors';
import { publish } from '#events/channel.ts';
import type { VaultTransaction } from '#vault/client.ts';
import { notifyOfRestoreTest } from '../notifications/notify.ts';
import type { RestoreTestEnd } from '../notifications/occasions.ts';

/** Codes that only a fault of the backup itself can cause. */
const damage: ReadonlySet<ErrorCode> = new Set([
  'CHUNK_MISSING',
  'CHUNK_CORRUPT',
  'MANIFEST_CORRUPT',
  'WRONG_KEY',
  'DIGEST_MISMATCH',
  'STRUCTURE_DIFFERENT',
  'TEST_FAILED',
]);

/** SQLSTATE classes in which PostgreSQL refuses rows: 22 for their contents, 23 for their keys. */
const REFUSED_BY_DATABASE = /^2[23][0-9A-Z]{3}$/;

/**
 * Whether this error of a restore test is a verdict: the backup cannot be restored. Any other error (a full disk,
 * a lost database) ends the test and says nothing about the backup.
 */
export function isVerdict(thrown: unknown): boolean {
  if (thrown instanceof FiberkeepError) return damage.has(thrown.code);
  const { code } = (thrown ?? {}) as { code?: unknown };
  return typeof code === 'string' && REFUSED_BY_DATABASE.test(code);
}

/** Publishes and notifies the end of a restore test, in its transaction; not of one that a person cancelled. */
export async function restoreTestEnded(tx: VaultTransaction, end: RestoreTestEnd): Promise<void> {
  await publish(tx, { kind: 'BACKUPS_CHANGED', id: end.backup.id });
  await notifyOfRestoreTest(tx, end);
}

/** An error without a code of ours is PostgreSQL refusing the rows. */
export function refusal(thrown: unknown): FiberkeepError {
  const error = asFiberkeepError(thrown);
  if (error.code !== 'INTERNAL') return error;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new FiberkeepError('TEST_FAILED', {
    reason: 'rowsRefused',
    params: { detail },
    cause: thrown,
  });
}
