import { randomBytes } from 'node:crypto';

/** Makes a name unique, so that nothing left by an earlier attempt has it. */
export function unique(words: string): string {
  return `${words} ${randomBytes(4).toString('hex')}`;
}
