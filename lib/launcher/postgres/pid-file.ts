import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commandLine, ended, isAlive } from '../processes.ts';

const STOP_MS = 30_000;

/**
 * Prepares a start after a crash by stopping a server that outlived its launcher. If the process id in
 * `postmaster.pid` now belongs to another process, PostgreSQL would refuse to start. So the file gets the
 * id of an ended process. The rest stays: PostgreSQL finds backends that still use the folder by it.
 */
export async function clearPidFile(cluster: string): Promise<void> {
  const file = path.join(cluster, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return;
  const command = await commandLine(pid);
  if (command.includes(cluster)) {
    await stopServer(pid, STOP_MS);
  } else {
    const gone = spawnSync(process.execPath, ['--version']).pid;
    await writeFile(file, text.replace(/^\d+/, String(gone)));
  }
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
