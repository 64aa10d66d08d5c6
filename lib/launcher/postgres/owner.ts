import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { FiberkeepError } from '#errors';

const run = promisify(execFile);
const NAME = 'postgres';

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** The user who runs PostgreSQL; null for the user of this process. */
export type Owner = User | null;

/** PostgreSQL refuses to run as root: there, user `postgres` runs it, made if missing. */
export async function findOwner(): Promise<Owner> {
  if (process.getuid?.() !== 0) return null;
  const found = await findUser(NAME);
  if (found) return found;
  await makeUser();
  const made = await findUser(NAME);
  if (!made)
    throw new FiberkeepError('DATABASE_UNSUITABLE', {
      reason: 'databaseUserMissing',
      params: { user: NAME },
    });
  return made;
}

/** A user of this machine by name, or null. */
export async function findUser(name: string): Promise<User | null> {
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const line = users.split('\n').find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : null;
}

/** Debian has useradd, Alpine has adduser. */
async function makeUser(): Promise<void> {
  const shell = '/usr/sbin/nologin';
  await run('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    shell,
    NAME,
  ]).catch(() => run('adduser', ['-S', '-D', '-H', NAME]).catch(() => {}));
}

/**
 * Whether `owner` can enter `folder`. It is tried, not computed, so that modes, groups and access lists all
 * count.
 */
export function canEnter(owner: Owner, folder: string): Promise<boolean> {
  if (!owner) return Promise.resolve(true);
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], {
      ...owner,
      cwd: '/',
      stdio: 'ignore',
    });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
