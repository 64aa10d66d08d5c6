import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { FairQueue } from '../fair-queue.ts';

/** OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, two passes, one lane. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const MIN_PASSWORD_CHARS = 10;
export const MAX_PASSWORD_CHARS = 1000;

/** NFKC makes one code point of four at most, each of two UTF-16 units at most. */
const MAX_TYPED_UNITS = MAX_PASSWORD_CHARS * 4 * 2;

/** Two at once leave half of Node's four threads to the files of everybody else. */
const hashing = new FairQueue({ atOnce: 2, waitingPerKey: 50, waiting: 500 });

/** The form that is counted, compared and hashed: every keyboard gives the same (NIST SP 800-63B §3.1.1.2). */
export function normalizePassword(password: string): string {
  return password.normalize('NFKC');
}

/** A password's length in code points of its normal form; Infinity where it is far too long. */
export function passwordChars(password: string): number {
  if (password.length > MAX_TYPED_UNITS) return Number.POSITIVE_INFINITY;
  return [...normalizePassword(password)].length;
}

/** The PHC string of argon2id. */
export function hashPassword(password: string): Promise<string> {
  return hashing.run('', () => hash(normalizePassword(password), ARGON2ID));
}

/** A password of 100 random bits that people can read out. */
export function newPassword(): string {
  const letters = 'abcdefghijkmnpqrstuvwxyz23456789';
  const picked = Array.from(randomBytes(20), (byte) => letters[byte % letters.length]).join('');
  return picked.replaceAll(/(.{5})(?=.)/g, '$1-');
}

let decoy: Promise<string> | undefined;

/**
 * Whether the password has this hash. With null (nobody has that e-mail) it does the same work on a hash that
 * nothing matches. So the time taken tells nothing. `from`: the network that asks; networks take turns. Throws
 * RATE_LIMITED where too many wait.
 */
export async function verifyPassword(
  known: string | null,
  password: string,
  from = '',
): Promise<boolean> {
  decoy ??= hash(randomBytes(32).toString('base64'), ARGON2ID);
  const fits = passwordChars(password) <= MAX_PASSWORD_CHARS;
  const [phc, typed] = known !== null && fits ? [known, password] : [await decoy, ''];
  const matches = await hashing.run(from, () => verify(phc, normalizePassword(typed)));
  return matches && known !== null && fits;
}
