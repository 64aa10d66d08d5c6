import { type ChildProcess, spawn } from 'node:child_process';
import { root } from './root.ts';

/** A process that the launcher keeps running. */
export interface KeptChild {
  readonly pid: number;
  /** SIGTERM, then SIGKILL after the deadline. */
  stop(): Promise<void>;
  /** Starts it again once `stop` has ended it. */
  start(): void;
}

interface Options {
  readonly say: (line: string) => void;
  /** Hears what the process sends. */
  readonly onMessage?: (message: unknown) => void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;
/** A process that lived this long died of a new cause, so its restarts count from zero. */
const STEADY_MS = 60_000;
const STOP_MS = 8_000;

/**
 * Starts Node with `args` and restarts it whenever it ends.
 * The pause grows while it keeps dying at once.
 */
export function keepRunning(
  name: string,
  args: readonly string[],
  env: Record<string, string>,
  { say, onMessage = () => {} }: Options,
): KeptChild {
  let child: ChildProcess;
  let stopping = false;
  let wait = FIRST_WAIT_MS;
  let timer: NodeJS.Timeout | undefined;

  function start(): void {
    const began = Date.now();
    child = spawnNode(args, env);
    child.on('message', onMessage);
    child.once('exit', (code, signal) => {
      if (stopping) return;
      if (Date.now() - began > STEADY_MS) wait = FIRST_WAIT_MS;
      say(`The ${name} process ended (${signal ?? `code ${code}`}) and is started again.`);
      timer = setTimeout(start, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    });
  }

  start();
  return {
    get pid() {
      return child.pid ?? 0;
    },
    async stop() {
      stopping = true;
      clearTimeout(timer);
      await end(child);
    },
    start() {
      stopping = false;
      start();
    },
  };
}

function spawnNode(args: readonly string[], env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, ['--import', './lib/launcher/leash.js', ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    // Ctrl-C in the terminal goes to the launcher, which stops its children in order.
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(deadline);
}
