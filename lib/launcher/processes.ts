import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const LINUX = process.platform === 'linux';

/** PF_EXITING of Linux's include/linux/sched.h. */
const EXITING_FLAG = 0x4;
/** SIGKILL, 9, in the bit masks of proc(5). */
const KILL_BIT = 1n << 8n;

/** Whether a process with this id runs, as far as this user may see. A zombie has ended and holds nothing. */
export function isAlive(pid: number): boolean {
  return isTaken(pid) && !isZombie(pid);
}

/** Whether the system still knows this id, if only as that of a zombie. */
export function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isZombie(pid: number): boolean {
  if (!LINUX) return false;
  try {
    return isZombieStat(statFields(readFileSync(`/proc/${pid}/stat`, 'utf8')));
  } catch {
    return false;
  }
}

/** What the system says of a living process. */
export interface ProcessState {
  /** Its start time in the system's ticks, which tells it from a later process with the same id. */
  readonly started: string;
  /** Whether it is about to end: it was killed, or is exiting. */
  readonly ending: boolean;
}

/** The state of a process; null if none with this id runs. `started` is empty where the system hides it. */
export async function processState(pid: number): Promise<ProcessState | null> {
  if (!isAlive(pid)) return null;
  return LINUX ? linuxState(pid) : otherState(pid);
}

async function linuxState(pid: number): Promise<ProcessState | null> {
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  const [stat, status] = await Promise.all([read('stat'), read('status')]);
  if (!stat) return isAlive(pid) ? { started: '', ending: false } : null;
  const fields = statFields(stat);
  if (isZombieStat(fields)) return null;
  const exiting = (Number(fields.flags) & EXITING_FLAG) !== 0;
  return { started: fields.started, ending: exiting || isKillPending(status) };
}

function isKillPending(status: string): boolean {
  const masks = [...status.matchAll(/^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)$/gm)];
  return masks.some(([, mask]) => (BigInt(`0x${mask}`) & KILL_BIT) !== 0n);
}

interface StatFields {
  readonly state: string;
  readonly flags: string;
  readonly threads: string;
  readonly started: string;
}

/** proc(5): fields 3, 9, 20 and 22 of `stat`. The name in field 2 may hold spaces and parentheses. */
function statFields(stat: string): StatFields {
  const from3 = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => from3[number - 3] ?? '';
  return { state: field(3), flags: field(9), threads: field(20), started: field(22) };
}

/** While other threads are still ending, their writes may reach the disk. */
function isZombieStat({ state, threads }: StatFields): boolean {
  return (state === 'Z' || state === 'X') && Number(threads) <= 1;
}

/** ps(1) of macOS and the BSDs: Z is a zombie, E a process that is trying to exit. */
async function otherState(pid: number): Promise<ProcessState | null> {
  const [state = '', ...started] = (await ps(pid, 'state=,lstart=')).split(/\s+/);
  if (state.startsWith('Z')) return null;
  return { started: started.join(' '), ending: state.includes('E') };
}

/** The start time of a process, as in `processState`; empty if no such process runs. */
export async function startedAt(pid: number): Promise<string> {
  return (await processState(pid))?.started ?? '';
}

/** The command line of a process; empty if it does not run. */
export async function commandLine(pid: number): Promise<string> {
  if (!LINUX) return ps(pid, 'args=');
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.replaceAll('\0', ' ').trim();
}

async function ps(pid: number, columns: string): Promise<string> {
  const answer = await run('ps', ['-p', String(pid), '-o', columns]).catch(() => ({ stdout: '' }));
  return answer.stdout.trim();
}

/** Waits until no process with this id runs; false if `timeoutMs` passes first. */
export async function ended(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(pid)) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return true;
}
