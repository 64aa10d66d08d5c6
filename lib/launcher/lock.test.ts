import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assertUnlocked, lockFolder, lockHolder } from './lock.ts';
import { thisMachine } from './lock-holder.ts';
import { isTaken, startedAt } from './processes.ts';
import { root } from './root.ts';

let folder: string;
let file: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'fiberkeep-lock-'));
  file = path.join(folder, 'lock');
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** A process id that nobody has any more. */
function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

async function leave(holder: { pid: number; started?: string; host?: string }): Promise<void> {
  const { boot, namespace } = await thisMachine();
  const whole = { started: '1', host: os.hostname(), boot, namespace, program: 'server' };
  await writeFile(file, JSON.stringify({ ...whole, ...holder }));
}

/** Makes the last touch of the lock one of long ago. */
async function age(): Promise<void> {
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(file, longAgo, longAgo);
}

/** Starts a program that the end of the test kills; resolves to the first number that it says. */
async function say(command: string, ...args: string[]): Promise<[ChildProcess, number]> {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  if (!child.stdout) throw new Error(`${command} has no output`);
  for await (const said of child.stdout) return [child, Number(said)];
  throw new Error(`${command} ended without a word`);
}

/** A process that takes a while to die: the system frees its memory first. */
function largeProcess(): Promise<[ChildProcess, number]> {
  const program = `globalThis.kept = Buffer.alloc(${64 * 1024 * 1024}, 1);
    console.log(process.pid); setInterval(() => {}, 1000)`;
  return say(process.execPath, '-e', program);
}

/** Locks `folder` from a process of its own, in another process namespace. */
function lockInContainer(): Promise<[ChildProcess, number]> {
  const program = [
    process.execPath,
    'lib/run.js',
    '--plain',
    'lib/launcher/lock.fixture.ts',
    folder,
  ];
  return say('unshare', '--pid', '--fork', '--kill-child', '--mount-proc', ...program);
}

const hasNamespaces = spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0;

describe('the lock on a data folder', () => {
  test('is held by one at a time, and free again after', async () => {
    {
      await using _held = await lockFolder(folder, 'server');
      await expect(lockFolder(folder, 'command-line')).rejects.toMatchObject({
        code: 'ALREADY_RUNNING',
        message: `Fiberkeep already runs on ${folder} (process ${process.pid}).`,
      });
      await expect(assertUnlocked(folder)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
      expect(await lockHolder(folder)).toMatchObject({ pid: process.pid, program: 'server' });
    }
    expect(await lockHolder(folder)).toBeNull();
    await assertUnlocked(folder);
    await using _again = await lockFolder(folder, 'server');
  });

  test('is taken over from a process that is dead', async () => {
    await leave({ pid: deadPid() });
    await using _held = await lockFolder(folder, 'server');
    expect(JSON.parse(await readFile(file, 'utf8')).pid).toBe(process.pid);
  });

  test('is taken over where the process id belongs to a later process', async () => {
    await leave({ pid: process.pid, started: 'before' });
    await using _held = await lockFolder(folder, 'server');
    expect(JSON.parse(await readFile(file, 'utf8')).started).toBe(await startedAt(process.pid));
  });

  test('is taken at once from a holder that was killed this moment', async () => {
    for (let round = 0; round < 20; round += 1) {
      const [child, pid] = await largeProcess();
      await leave({ pid, started: await startedAt(pid) });
      await expect(assertUnlocked(folder)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
      child.kill('SIGKILL');
      await assertUnlocked(folder);
      await using _held = await lockFolder(folder, 'server');
    }
  });

  test('is not held by a zombie, which its parent never waits for', async () => {
    const [, pid] = await say('sh', '-c', 'sleep 600 & echo $!; exec sleep 600');
    await leave({ pid, started: await startedAt(pid) });
    await expect(lockFolder(folder, 'server')).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
    process.kill(pid, 'SIGKILL');
    await using _held = await lockFolder(folder, 'server');
    expect(isTaken(pid)).toBe(true);
  });

  test('is waited for while its holder stops in order', async () => {
    const held = await lockFolder(folder, 'server');
    await held.announceEnd();
    const next = lockFolder(folder, 'server');
    const first = await Promise.race([next, new Promise((resolve) => setTimeout(resolve, 500))]);
    expect(first).toBeUndefined();
    await held[Symbol.asyncDispose]();
    await using _held = await next;
    expect(await lockHolder(folder)).toMatchObject({ pid: process.pid });
  });

  test('is taken over from an earlier life of the same process id that looks the same', async () => {
    await leave({ pid: process.pid, started: await startedAt(process.pid) });
    await using _held = await lockFolder(folder, 'server');
  });

  test('is taken over from the same machine before it was started anew', async () => {
    const [, pid] = await say('sh', '-c', 'echo $$; exec sleep 600');
    await leave({ pid, started: await startedAt(pid) });
    const text = await readFile(file, 'utf8');
    await writeFile(file, JSON.stringify({ ...JSON.parse(text), boot: 'an earlier one' }));
    await age();
    await using _held = await lockFolder(folder, 'server');
  });

  test.runIf(hasNamespaces)(
    'is held by a container of the same host name while it runs',
    async () => {
      const [container, inside] = await lockInContainer();
      await expect(lockFolder(folder, 'server')).rejects.toMatchObject({
        code: 'ALREADY_RUNNING',
        message: `Fiberkeep already runs on ${folder} (process ${inside} on ${os.hostname()}).`,
      });
      container.kill('SIGKILL');
      const [, again] = await lockInContainer();
      expect(again).toBe(inside);
    },
  );

  test.each(['', '{', 'null'])('is taken over from a file that says %j', async (text) => {
    await writeFile(file, text);
    await using _held = await lockFolder(folder, 'server');
  });

  test('of another machine holds while it is touched, and not for ever after', async () => {
    await leave({ pid: 1, host: 'another.example.net' });
    const touch = setInterval(() => void utimes(file, new Date(), new Date()), 100);
    await expect(lockFolder(folder, 'server')).rejects.toMatchObject({
      code: 'ALREADY_RUNNING',
      message: expect.stringContaining('process 1 on another.example.net'),
    });
    clearInterval(touch);
    await age();
    await using _held = await lockFolder(folder, 'server');
  });

  test('is taken over although another process was killed while it did so', async () => {
    await leave({ pid: deadPid() });
    const guard = `${file}.taking`;
    await writeFile(guard, '1');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(guard, longAgo, longAgo);
    await using _held = await lockFolder(folder, 'server');
    expect((await readdir(folder)).sort()).toEqual(['lock']);
  });

  test('goes to exactly one of many who find it stale at once', async () => {
    for (let round = 0; round < 20; round += 1) {
      await leave({ pid: deadPid() });
      const tries = await Promise.allSettled(
        Array.from({ length: 8 }, () => lockFolder(folder, 'server')),
      );
      const won = tries.filter((one) => one.status === 'fulfilled');
      expect(won).toHaveLength(1);
      for (const { value } of won) await value[Symbol.asyncDispose]();
    }
  });
});
