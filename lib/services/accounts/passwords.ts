import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, two passes, one lane. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const MIN_PASSWORD_CHARS = 10;
export const MAX_PASSWORD_CHARS = 1000;

/** The PHC string of argon2id. NFKC makes every keyboard give the same bytes (NIST SP 800-63B 5.1.1.2). */
export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFKC'), ARGON2ID);
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
 * nothing matches. So the time taken tells nothing.
 */
export async function verifyPassword(known: string | null, password: string): Promise<boolean> {
  decoy ??= hashPassword(randomBytes(32).toString('base64'));
  const matches = await verify(known ?? (await decoy), password.normalize('NFKC'));
  return matches && known !== null;
}
