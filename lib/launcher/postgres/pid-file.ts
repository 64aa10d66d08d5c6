import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commandLine, ended, isAlive, isTaken } from '../processes.ts';

const STOP_MS = 30_000;

/**
 * Prepares a start after a crash by stopping a server that outlived its launcher. If the process id in
 * `postmaster.pid` is still taken, by another process or a zombie, PostgreSQL would refuse to start. So the file
 * gets the id of an ended process. The rest stays: PostgreSQL finds backends that still use the folder by it.
 * Answers whether a crash left such a file.
 */
export async function clearPidFile(cluster: string): Promise<boolean> {
  const file = path.join(cluster, 'postmaster.pid');
  const pid = pidOf(await readFile(file, 'utf8').catch(() => ''));
  if (pid === null) return false;
  if (isAlive(pid) && (await commandLine(pid)).includes(cluster)) await stopServer(pid, STOP_MS);
  // A server that was stopped in order has removed it.
  const text = await readFile(file, 'utf8').catch(() => '');
  if (pidOf(text) === pid && isTaken(pid)) {
    const gone = spawnSync(process.execPath, ['--version']).pid;
    await writeFile(file, text.replace(/^\d+/, String(gone)));
  }
  return true;
}

function pidOf(text: string): number | null {
  const pid = Number(text.split('\n')[0]);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

/**
 * Stops a PostgreSQL server in "fast" mode: it ends connections and writes its state. After `timeoutMs` it is
 * killed, and the next start recovers.
 */
export async function stopServer(pid: number, timeoutMs: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!isAlive(pid)) return;
    process.kill(pid, signal);
    if (await ended(pid, timeoutMs)) return;
  }
}
