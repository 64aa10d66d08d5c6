import { spawn } from 'node:child_process';
import { root } from '../launcher/root.ts';

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
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
