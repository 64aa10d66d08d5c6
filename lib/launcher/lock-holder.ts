import { readFile, readlink } from 'node:fs/promises';
import os from 'node:os';
import { processState } from './processes.ts';

/** Who may hold a data folder. */
export type Program = 'server' | 'command-line';

/** Where a process id means the same process: one start of one machine, and one container on it. */
interface Machine {
  readonly host: string;
  /** Linux's boot id; empty elsewhere. */
  readonly boot: string;
  /** Linux's process namespace; empty elsewhere. Each container has its own. */
  readonly namespace: string;
}

/** What a lock file says. */
export interface Holder extends Machine {
  readonly pid: number;
  /** As in `processState`. */
  readonly started: string;
  readonly program: Program;
  /** Tells apart two locks of one process. */
  readonly id: string;
  /** It was told to stop and does so in order. */
  readonly ending?: boolean;
}

/** `beside`: in another container of this machine. There and `elsewhere` only touches of the lock tell. */
export type Life = 'runs' | 'ending' | 'gone' | 'beside' | 'elsewhere';

export async function thisMachine(): Promise<Machine> {
  const [boot, namespace] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  return { host: os.hostname(), boot: boot.trim(), namespace };
}

/**
 * Whether the process of `holder` lives. `own`: the ids of the locks that this process holds. An earlier life
 * of its process id, as in a container that was started anew, holds nothing.
 */
export async function lifeOf(holder: Holder, own: ReadonlySet<string>): Promise<Life> {
  const here = await thisMachine();
  if (!isSameMachine(holder, here)) return isSameBoot(holder, here) ? 'beside' : 'elsewhere';
  if (holder.pid === process.pid) return own.has(holder.id) ? runsOrEnds(holder.ending) : 'gone';
  const state = await processState(holder.pid);
  if (!state) return 'gone';
  // Such as /proc mounted with hidepid: that process may be the holder.
  if (!state.started) return 'beside';
  if (state.started !== holder.started) return 'gone';
  return runsOrEnds(holder.ending || state.ending);
}

function isSameBoot(one: Machine, other: Machine): boolean {
  return one.boot !== '' && one.boot === other.boot;
}

function runsOrEnds(ending: boolean | undefined): Life {
  return ending ? 'ending' : 'runs';
}

export function isSameMachine(one: Machine, other: Machine): boolean {
  return one.host === other.host && one.boot === other.boot && one.namespace === other.namespace;
}
