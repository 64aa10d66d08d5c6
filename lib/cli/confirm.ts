import { createInterface } from 'node:readline/promises';
import { FiberkeepError } from '#errors';
import { sameName } from '#text';

/**
 * Asks the person to type `name` (see `sameName`), unless `--yes` was given. Throws CANCELLED for any other answer,
 * VALIDATION_FAILED without a terminal.
 */
export async function confirmName(question: string, name: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw new FiberkeepError('VALIDATION_FAILED', { reason: 'noTerminal' });
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const typed = await terminal.question(`${question}\nType the name “${name}” to go on: `);
    if (!sameName(typed, name)) throw new FiberkeepError('CANCELLED', { reason: 'otherNameTyped' });
  } finally {
    terminal.close();
  }
}
