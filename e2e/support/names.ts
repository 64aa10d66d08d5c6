import { randomBytes } from 'node:crypto';

/**
 * The words with an ending of their own: whatever an earlier try of the same test left in the installation,
 * nothing there is called so.
 */
export function unique(words: string): string {
  return `${words} ${randomBytes(4).toString('hex')}`;
}
