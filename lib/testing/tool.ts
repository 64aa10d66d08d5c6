import { type ChildProcess, spawn } from 'node:child_process';
import { root } from '../launcher/root.ts';

const running = new Set<ChildProcess>();

/** Runs a Node program of the checkout with its output shown; answers its exit code. */
export function runTool(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: 'inherit',
    });
    running.add(child);
    child.once('error', reject);
    child.once('exit', (code) => {
      running.delete(child);
      resolve(code ?? 1);
    });
  });
}

/** Ends the programs that run now, for a run that is called off. */
export async function endTools(): Promise<void> {
  const gone = [...running].map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of running) child.kill('SIGTERM');
  await Promise.all(gone);
}
