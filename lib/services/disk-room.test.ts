import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '#config';
import { type DiskRoom, openDiskRoom, reserveOf, whileRoom } from './disk-room.ts';

const MB = 1024 ** 2;
const GB = 1024 ** 3;
const TIB_MB = MB;

test.each([
  [400 * MB, 100 * MB],
  [20 * GB, GB / 2],
  [50 * GB, GB],
  [10_000 * GB, 2 * GB],
])('the reserve of a disk of %d bytes is %d', (total, reserve) => {
  expect(reserveOf(total)).toBe(reserve);
});

async function withRoom(
  env: Record<string, string>,
  work: (room: DiskRoom, dataDir: string) => Promise<void>,
) {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-room-'));
  try {
    await work(openDiskRoom(readConfig({ DATA_DIR: folder, ...env })), folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('writers at the same instant are granted together no more than there is', () =>
  withRoom({ DISK_RESERVE_MB: '1' }, async (room) => {
    const { freeBytes = 0 } = (await room.look('files')) ?? {};
    const third = Math.floor(freeBytes / 3);
    const asked = await Promise.allSettled([1, 2, 3].map(() => room.take('files', third + MB)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  }));

const NO_ROOM = { DISK_RESERVE_MB: String(TIB_MB) };

/** As the launcher leaves them. */
async function makeClusterSettings(dataDir: string): Promise<void> {
  await mkdir(path.join(dataDir, 'postgres'));
  await writeFile(path.join(dataDir, 'postgres/settings.json'), '{"folder":"cluster"}');
}

test('only the embedded database has a disk that is known', () =>
  withRoom(NO_ROOM, async (room, dataDir) => {
    expect(await room.look('database')).toBe(null);
    expect((await room.full()).map(({ part }) => part)).not.toContain('database');
    await room.require('database', GB);
    await makeClusterSettings(dataDir);
    expect((await room.full()).map(({ part }) => part)).toContain('database');
  }));

test('work that makes the database grow ends with DISK_FULL once half of the reserve is used up', () =>
  withRoom(NO_ROOM, async (room, dataDir) => {
    await makeClusterSettings(dataDir);
    const never = new AbortController().signal;
    const untilStopped = (signal: AbortSignal) =>
      new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('stopped'))),
      );
    await expect(whileRoom(room, never, untilStopped)).rejects.toMatchObject({ code: 'DISK_FULL' });
    const cancelled = AbortSignal.abort(new Error('cancelled'));
    const atOnce = (signal: AbortSignal) => Promise.reject(signal.reason);
    await expect(whileRoom(room, cancelled, atOnce)).rejects.toThrow('cancelled');
  }));
