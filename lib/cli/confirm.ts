import { createInterface } from 'node:readline/promises';
import { FiberkeepError } from '#errors';

/**
 * Has the person type `name`, which `--yes` stands in for. Throws CANCELLED where they type something else,
 * VALIDATION_FAILED where nobody can be asked.
 */
export async function confirmName(question: string, name: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw new FiberkeepError('VALIDATION_FAILED', { reason: 'noTerminal' });
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const typed = await terminal.question(`${question}\nType the name “${name}” to go on: `);
    if (typed.trim() !== name.trim())
      throw new FiberkeepError('CANCELLED', { reason: 'otherNameTyped' });
  } finally {
    terminal.close();
  }
}
