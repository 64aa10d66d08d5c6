import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isAlive } from '#launcher/processes.ts';

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** All descendants of `pid`. */
export async function descendants(pid: number): Promise<Process[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid=,args=']);
  const all = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([id, parent, ...command]) => ({
      pid: Number(id),
      parent: Number(parent),
      command: command.join(' '),
    }));
  const below = (of: number): Process[] =>
    all.filter(({ parent }) => parent === of).flatMap((child) => [child, ...below(child.pid)]);
  return below(pid);
}

/** The direct child of `pid` whose command line contains `words`. */
export async function childOf(pid: number, words: string): Promise<number> {
  const found = (await descendants(pid)).find(
    (child) => child.parent === pid && child.command.includes(words),
  );
  if (!found) throw new Error(`Process ${pid} has no child ${words}`);
  return found.pid;
}

/** Waits until `what` is true; throws after `ms`. */
export async function until(what: () => boolean | Promise<boolean>, ms = 60_000): Promise<void> {
  for (const deadline = Date.now() + ms; !(await what()); ) {
    if (Date.now() > deadline) throw new Error(`Not so after ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The processes that still run. */
export function alive(processes: readonly Process[]): Process[] {
  return processes.filter(({ pid }) => isAlive(pid));
}
