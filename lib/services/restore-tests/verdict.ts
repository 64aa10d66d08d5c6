import { type ErrorCode, FiberkeepError } from '#errors';

/** What only the backup itself can be the cause of. */
const damage: ReadonlySet<ErrorCode> = new Set([
  'CHUNK_MISSING',
  'CHUNK_CORRUPT',
  'MANIFEST_CORRUPT',
  'WRONG_KEY',
  'DIGEST_MISMATCH',
  'STRUCTURE_DIFFERENT',
  'TEST_FAILED',
]);

/** SQLSTATE classes in which PostgreSQL refuses the rows: 22, what is in them, and 23, the keys. */
const REFUSED_BY_DATABASE = /^2[23][0-9A-Z]{3}$/;

/**
 * Whether a restore test that threw this has tested the backup not to come back. Anything else (a full disk, a
 * database that went away, what nobody knows) ended the restore test and says nothing about the backup.
 */
export function isVerdict(thrown: unknown): boolean {
  if (thrown instanceof FiberkeepError) return damage.has(thrown.code);
  const { code } = (thrown ?? {}) as { code?: unknown };
  return typeof code === 'string' && REFUSED_BY_DATABASE.test(code);
}
