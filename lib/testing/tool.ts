import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { root } from '#launcher/root.ts';

/** Where a program's output goes: to our terminal, or line by line beside another program's. */
export type Output = 'inherit' | 'lines';

const running = new Set<ChildProcess>();

/** Runs a Node program of the checkout and shows its output; returns its exit code. */
export function runTool(
  args: readonly string[],
  env: Record<string, string> = {},
  output: Output = 'inherit',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: output === 'inherit' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) if (stream) showLines(stream);
    child.once('error', reject);
    child.once('close', (code) => {
      running.delete(child);
      resolve(code ?? 1);
    });
  });
}

function showLines(stream: Readable): void {
  createInterface({ input: stream }).on('line', (line) => process.stdout.write(`${line}\n`));
}

/** Ends the running programs of a cancelled run. */
export async function endTools(): Promise<void> {
  const gone = [...running].map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of running) child.kill('SIGTERM');
  await Promise.all(gone);
}
