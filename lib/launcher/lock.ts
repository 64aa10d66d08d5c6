import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { FiberkeepError } from '#errors';
import { isAlive, startedAt } from './processes.ts';

/** The lock of a data folder: one process at a time. */
export interface FolderLock extends AsyncDisposable {
  readonly file: string;
}

/** Who may hold a data folder. */
export type Program = 'server' | 'command-line';

interface Holder {
  readonly pid: number;
  readonly started: string;
  readonly host: string;
  readonly program: Program;
}

const TOUCH_MS = 5_000;
/** How long a lock of another machine (a shared disk, a lost container) counts as held. */
const FOREIGN_MS = 4 * TOUCH_MS;

/**
 * Locks `folder` for this process, taking over the lock of a dead process.
 * Throws ALREADY_RUNNING, which names the holder.
 */
export async function lockFolder(folder: string, program: Program): Promise<FolderLock> {
  const file = path.join(folder, 'lock');
  const mine: Holder = {
    pid: process.pid,
    started: await startedAt(process.pid),
    host: os.hostname(),
    program,
  };
  const text = JSON.stringify(mine);
  while (!(await place(file, text))) await takeOver(file);
  const touch = setInterval(
    () => void utimes(file, new Date(), new Date()).catch(() => {}),
    TOUCH_MS,
  );
  touch.unref();
  return {
    file,
    async [Symbol.asyncDispose]() {
      clearInterval(touch);
      if ((await readFile(file, 'utf8').catch(() => '')) === text) await rm(file, { force: true });
    },
  };
}

/** Throws ALREADY_RUNNING if a living process holds the lock of `folder`; takes no lock. */
export async function assertUnlocked(folder: string): Promise<void> {
  const file = path.join(folder, 'lock');
  const holder = await holderOf(file, await readFile(file, 'utf8').catch(() => ''));
  if (holder) throw alreadyRunning(holder, folder);
}

/** The living process that holds the lock of `folder`; null without one. */
export async function lockHolder(folder: string): Promise<Holder | null> {
  const file = path.join(folder, 'lock');
  const text = await readFile(file, 'utf8').catch(() => '');
  return holderOf(file, text);
}

/** Links are atomic and fail if the name is taken. */
async function place(file: string, text: string): Promise<boolean> {
  const fresh = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(fresh, text, { mode: 0o644 });
  try {
    await link(fresh, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(fresh, { force: true });
  }
}

async function takeOver(file: string): Promise<void> {
  const seen = await readFile(file, 'utf8').catch(() => null);
  if (seen === null) return;
  const holder = await holderOf(file, seen);
  if (holder) throw alreadyRunning(holder, path.dirname(file));
  const aside = `${file}.stale.${randomBytes(6).toString('hex')}`;
  await rename(file, aside).catch(() => {});
  // Another process may have taken over the stale lock since we read it: put theirs back.
  const moved = await readFile(aside, 'utf8').catch(() => seen);
  if (moved !== seen) await link(aside, file).catch(() => {});
  await rm(aside, { force: true });
}

async function holderOf(file: string, text: string): Promise<Holder | null> {
  const holder = parseHolder(text);
  if (!holder) return null;
  if (holder.host === os.hostname()) {
    const same = isAlive(holder.pid) && (await startedAt(holder.pid)) === holder.started;
    return same ? holder : null;
  }
  const touched = await stat(file).then(
    (found) => found.mtimeMs,
    () => 0,
  );
  return Date.now() - touched < FOREIGN_MS ? holder : null;
}

function parseHolder(text: string): Holder | null {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return null;
  }
}

function alreadyRunning({ program, host, pid }: Holder, folder: string): FiberkeepError {
  const params = { program, folder, pid };
  if (host === os.hostname())
    return new FiberkeepError('ALREADY_RUNNING', { reason: 'alreadyRunning', params });
  const reason = 'alreadyRunningElsewhere';
  return new FiberkeepError('ALREADY_RUNNING', { reason, params: { ...params, host } });
}
