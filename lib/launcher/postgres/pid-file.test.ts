import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '#testing/process-tree.ts';
import { isAlive, isTaken } from '../processes.ts';
import { clearPidFile } from './pid-file.ts';

let cluster: string;
let file: string;
let parent: ChildProcess;

beforeEach(async () => {
  cluster = await mkdtemp(path.join(tmpdir(), 'fiberkeep-pid-file-'));
  file = path.join(cluster, 'postmaster.pid');
});

afterEach(async () => {
  parent.kill('SIGKILL');
  await rm(cluster, { recursive: true });
});

/** Leaves the file of a process that works in `cluster`, whose parent never waits for it. */
async function leave(): Promise<number> {
  // The shell lets what runs in the background ignore SIGINT.
  const server = `process.on('SIGINT', () => process.exit()); setTimeout(() => {}, 600_000)`;
  const script = '"$0" -e "$1" "$2" & echo $!; exec sleep 600';
  parent = spawn('sh', ['-c', script, process.execPath, server, cluster], {
    stdio: ['ignore', 'pipe', 2],
  });
  if (!parent.stdout) throw new Error('sh has no output');
  const [said] = await once(parent.stdout, 'data');
  await writeFile(file, `${Number(said)}\n${cluster}\n1764268800\n`);
  return Number(said);
}

async function pidInFile(): Promise<number> {
  return Number((await readFile(file, 'utf8')).split('\n')[0]);
}

describe('the process id that a crashed PostgreSQL left', () => {
  test('is no obstacle where the process became a zombie', async () => {
    const pid = await leave();
    process.kill(pid, 'SIGKILL');
    await until(() => !isAlive(pid));
    expect(isTaken(pid)).toBe(true);
    await clearPidFile(cluster);
    expect(isTaken(await pidInFile())).toBe(false);
    expect(await readFile(file, 'utf8')).toContain(`\n${cluster}\n`);
  });

  test('is no obstacle where the server still runs and becomes a zombie when it is stopped', async () => {
    const pid = await leave();
    await clearPidFile(cluster);
    expect(isAlive(pid)).toBe(false);
    expect(isTaken(await pidInFile())).toBe(false);
  });
});
