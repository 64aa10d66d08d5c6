import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { root } from '#launcher/root.ts';

/** How a program's output is shown: on our own terminal, or line by line beside that of another. */
export type Output = 'inherit' | 'lines';

const running = new Set<ChildProcess>();

/** Runs a Node program of the checkout with its output shown; answers its exit code. */
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

/** Ends the programs that run now, for a run that is called off. */
export async function endTools(): Promise<void> {
  const gone = [...running].map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of running) child.kill('SIGTERM');
  await Promise.all(gone);
}
