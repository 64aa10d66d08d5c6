import { type ChildProcess, spawn } from 'node:child_process';
import { FiberkeepError } from '#errors';
import { root } from './root.ts';

const SHOWN_LINES = 40;
const running = new Set<ChildProcess>();

/** Ends the running steps of a cancelled start. */
export function endSteps(): void {
  for (const child of running) child.kill('SIGTERM');
}

/**
 * Tools compile their configuration by jiti, which keeps the result in the shared temporary folder and runs what it
 * finds there the next time, whoever wrote it.
 */
const OWN_CODE_ONLY = { JITI_FS_CACHE: 'false' };

export type Step = 'graphqlSchema' | 'graphqlTypes' | 'pages' | 'plant' | 'programs' | 'vault';

/**
 * Runs a Node program of the checkout silently to its end. If it fails, the error holds its output.
 */
export function runStep(
  step: Step,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...OWN_CODE_ONLY, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const said: string[] = [];
    child.stdout.on('data', (data) => said.push(String(data)));
    child.stderr.on('data', (data) => said.push(String(data)));
    child.once('close', (code) => {
      running.delete(child);
      if (code === 0) return resolve();
      reject(
        new FiberkeepError('INTERNAL', {
          reason: 'stepFailed',
          params: { step, ...beginning(said.join('')) },
        }),
      );
    });
  });
}

/** The first lines: compilers name the cause first and repeat themselves after. */
function beginning(text: string) {
  const lines = text.trim().split('\n');
  const detail = lines.slice(0, SHOWN_LINES).join('\n');
  return { detail, moreLines: Math.max(0, lines.length - SHOWN_LINES) };
}
