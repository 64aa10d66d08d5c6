import { randomBytes, randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FiberkeepError } from '#errors';
import { type Holder, isSameMachine, lifeOf, type Program, thisMachine } from './lock-holder.ts';
import { startedAt } from './processes.ts';

/** The lock of a data folder: one process at a time. */
export interface FolderLock extends AsyncDisposable {
  readonly file: string;
  /** Tells others that this process stops, so that they wait for its end. */
  announceEnd(): Promise<void>;
}

interface Waiting {
  /** Tells a person that it waits. */
  readonly say?: (line: string) => void;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

const TOUCH_MS = 2_000;
/** How long a lock counts as held that nobody touches: of a lost container, of another machine. */
const UNTOUCHED_MS = { beside: 5 * TOUCH_MS, elsewhere: 10 * TOUCH_MS };
/** How long a holder that is ending is waited for. */
const ENDING_MS = 10_000;
/** A process that was killed this moment looks alive until the system gets to it. */
const SECOND_LOOK_MS = 200;
const LOOK_MS = 25;
/** Removing a stale lock takes milliseconds: who takes longer was killed over it. */
const GUARD_MS = 10_000;
/** A person is told of a wait that takes longer. */
const TOLD_MS = 1_000;

/** The ids of the locks that this process holds. */
const own = new Set<string>();

/**
 * Locks `folder` for this process, taking over the lock of a dead process. Waits for a holder that is ending
 * (10 s), and to see whether one in another container (10 s) or machine (20 s) still touches its lock.
 * Throws ALREADY_RUNNING, which names the holder.
 */
export async function lockFolder(
  folder: string,
  program: Program,
  waiting: Waiting = {},
): Promise<FolderLock> {
  const file = path.join(folder, 'lock');
  const mine: Holder = {
    ...(await thisMachine()),
    pid: process.pid,
    started: await startedAt(process.pid),
    program,
    id: randomUUID(),
  };
  own.add(mine.id);
  try {
    while (!(await place(file, JSON.stringify(mine)))) await takeOver(file, waiting);
  } catch (error) {
    own.delete(mine.id);
    throw error;
  }
  return keepLock(file, mine);
}

function keepLock(file: string, mine: Holder): FolderLock {
  const touch = setInterval(
    () => void utimes(file, new Date(), new Date()).catch(() => {}),
    TOUCH_MS,
  );
  touch.unref();
  const isMine = async () => (await readLock(file))?.holder?.id === mine.id;
  return {
    file,
    async announceEnd() {
      const text = JSON.stringify({ ...mine, ending: true });
      if (await isMine()) await rename(await writeFresh(file, text), file);
    },
    async [Symbol.asyncDispose]() {
      clearInterval(touch);
      if (await isMine()) await rm(file, { force: true });
      own.delete(mine.id);
    },
  };
}

/** Waits as `lockFolder` does, and throws its ALREADY_RUNNING; takes no lock. */
export async function assertUnlocked(folder: string, waiting: Waiting = {}): Promise<void> {
  const verdict = await judge(path.join(folder, 'lock'), waiting);
  if (verdict?.holder) throw await alreadyRunning(verdict.holder, folder);
}

/** The living process that holds the lock of `folder`, also while it is ending; null without one. */
export async function lockHolder(folder: string): Promise<Holder | null> {
  const lock = await readLock(path.join(folder, 'lock'));
  if (!lock?.holder) return null;
  const life = await lifeOf(lock.holder, own);
  const isRemote = life === 'beside' || life === 'elsewhere';
  const lives = isRemote ? ageOf(lock) < UNTOUCHED_MS[life] : life !== 'gone';
  return lives ? { ...lock.holder, ending: lock.holder.ending || life === 'ending' } : null;
}

/** Links are atomic and fail if the name is taken. */
async function place(file: string, text: string): Promise<boolean> {
  const fresh = await writeFresh(file, text);
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

async function writeFresh(file: string, text: string): Promise<string> {
  const fresh = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(fresh, text, { mode: 0o644 });
  return fresh;
}

async function takeOver(file: string, waiting: Waiting): Promise<void> {
  const verdict = await judge(file, waiting);
  if (!verdict) return;
  if (verdict.holder) throw await alreadyRunning(verdict.holder, path.dirname(file));
  await removeStale(file, verdict.text);
}

/**
 * Removes the stale lock that says `text`. One process at a time may, so none removes a lock that another has
 * placed since it judged the stale one.
 */
async function removeStale(file: string, text: string): Promise<void> {
  const guard = `${file}.taking`;
  if (!(await place(guard, String(process.pid)))) {
    if (ageOf(await stat(guard).catch(() => null)) > GUARD_MS) await rm(guard, { force: true });
    await sleep(LOOK_MS);
    return;
  }
  try {
    if ((await readLock(file))?.text === text) await rm(file, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

/** A lock file as it was read. */
interface Lock {
  readonly text: string;
  /** Null if the text is none that we write. */
  readonly holder: Holder | null;
  readonly mtimeMs: number;
}

/** Looks at a lock until it is sure. `holder` is null if nobody holds it; null without a lock. */
async function judge(file: string, { say, signal }: Waiting): Promise<Lock | null> {
  let told = !say;
  for (let first: Lock | null = null, since = 0; ; ) {
    const lock = await readLock(file);
    if (!lock?.holder) return lock;
    if (lock.text !== first?.text) [first, since] = [lock, performance.now()];
    const waitedMs = performance.now() - since;
    const held = await isHeld(lock.holder, lock, first, waitedMs);
    if (held !== null) return { ...lock, holder: held ? lock.holder : null };
    if (!told && waitedMs > TOLD_MS) {
      told = true;
      say?.(`Process ${lock.holder.pid} held ${path.dirname(file)}: seeing whether it ends …`);
    }
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** Null while that cannot be told yet, `waitedMs` after the lock was first seen. */
async function isHeld(
  holder: Holder,
  lock: Lock,
  first: Lock,
  waitedMs: number,
): Promise<boolean | null> {
  const life = await lifeOf(holder, own);
  if (life === 'gone') return false;
  if (life === 'runs') return waitedMs < SECOND_LOOK_MS ? null : true;
  if (life === 'ending') return waitedMs < ENDING_MS ? null : true;
  if (Math.max(ageOf(lock), waitedMs) >= UNTOUCHED_MS[life]) return false;
  if (holder.ending && waitedMs < ENDING_MS) return null;
  return lock.mtimeMs === first.mtimeMs ? null : true;
}

async function readLock(file: string): Promise<Lock | null> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    return { text, holder: parseHolder(text), mtimeMs };
  } catch {
    return null;
  }
}

/** Milliseconds since a file was touched; 0 without one. */
function ageOf(file: { readonly mtimeMs: number } | null): number {
  return file ? Date.now() - file.mtimeMs : 0;
}

function parseHolder(text: string): Holder | null {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return null;
  }
}

async function alreadyRunning(holder: Holder, folder: string): Promise<FiberkeepError> {
  const { program, host, pid } = holder;
  const params = { program, folder, pid };
  if (isSameMachine(holder, await thisMachine()))
    return new FiberkeepError('ALREADY_RUNNING', { reason: 'alreadyRunning', params });
  const reason = 'alreadyRunningElsewhere';
  return new FiberkeepError('ALREADY_RUNNING', { reason, params: { ...params, host } });
}
