import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assertUnlocked, lockFolder, lockHolder } from './lock.ts';
import { startedAt } from './processes.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'fiberkeep-lock-'));
  file = path.join(folder, 'lock');
});

afterEach(() => rm(folder, { recursive: true }));

/** A process id that nobody has any more. */
function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

async function leave(holder: { pid: number; started?: string; host?: string }): Promise<void> {
  const whole = { started: '1', host: os.hostname(), program: 'server', ...holder };
  await writeFile(file, JSON.stringify(whole));
}

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

  test.each(['', '{', 'null'])('is taken over from a file that says %j', async (text) => {
    await writeFile(file, text);
    await using _held = await lockFolder(folder, 'server');
  });

  test('of another machine holds while it is touched, and not for ever after', async () => {
    await leave({ pid: 1, host: 'another.example.net' });
    await expect(lockFolder(folder, 'server')).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(file, longAgo, longAgo);
    await using _held = await lockFolder(folder, 'server');
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
