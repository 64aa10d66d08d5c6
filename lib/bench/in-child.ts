import { fork } from 'node:child_process';
import { once } from 'node:events';
import { RUN } from '#launcher/root.ts';
import { WORKER_ENV, WORKER_FLAGS } from '#launcher/worker-memory.ts';
import { collectInOneGo } from '#worker/whole-collections.ts';

interface AnyStep {
  readonly kind: string;
}

/** What every step tells beside its result. */
export interface Measured {
  readonly seconds: number;
  /** Processor time of all threads, without the start of the process. */
  readonly processorSeconds: number;
  readonly peakRssBytes: number;
}

/** Runs one step in a process of its own, with a worker's flags, so that its memory can be measured. */
export async function inChild<Done>(program: string, step: AnyStep): Promise<Done> {
  const child = fork(RUN, [program], {
    execArgv: WORKER_FLAGS,
    env: { ...process.env, ...WORKER_ENV },
  });
  child.send(step);
  const [done] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (typeof done !== 'object' || !done) throw new Error(`The step ${step.kind} failed`);
  return done as Done;
}

/** The other side of `inChild`: does the step that comes, answers its result with what it took, and ends. */
export function serveStep<Step>(run: (step: Step) => Promise<object>): void {
  collectInOneGo();
  process.once('message', async (step: Step) => {
    try {
      process.send?.(await measured(() => run(step)));
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exitCode = 1;
    }
    process.disconnect();
  });
}

async function measured(work: () => Promise<object>): Promise<Measured> {
  const begun = performance.now();
  const before = process.cpuUsage();
  const result = await work();
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(before);
  const processorSeconds = (user + system) / 1e6;
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  return { ...result, seconds, processorSeconds, peakRssBytes };
}
