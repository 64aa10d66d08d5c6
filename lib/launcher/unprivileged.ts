import { spawnSync } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { findUser, type User } from './postgres/owner.ts';
import { RUN, root } from './root.ts';
import { runStep } from './run-step.ts';

const NAME = 'fiberkeep';
/** All that the server runs but the launcher and the command line themselves. */
const PROGRAMS = [
  'lib/web/main.ts',
  'lib/worker/main.ts',
  'lib/engine/archive/threads/worker.ts',
  'lib/launcher/generate.ts',
];
/** What an installation has that must be theirs; the database's place may be elsewhere. */
const OWNED = ['server.key', 'vault', 'files', 'postgres', 'postgres/cluster'];

/**
 * Whom the server runs as where root starts it: the owner of the data folder, or user `fiberkeep` for a folder that
 * is still to be made. Null where root stays: there is no such user, they cannot run the checkout, or something is in
 * the folder that is not theirs.
 */
export async function findUnprivileged(dataDir: string): Promise<User | null> {
  if (process.getuid?.() !== 0) return null;
  const user = await ownerOf(dataDir);
  if (!user || !(await ownsAll(user, dataDir))) return null;
  const runs = spawnSync(process.execPath, [RUN, '--version'], {
    ...user,
    cwd: root,
    stdio: 'ignore',
  });
  return runs.status === 0 ? user : null;
}

async function ownerOf(dataDir: string): Promise<User | null> {
  const folder = await stat(dataDir).catch(() => null);
  if (folder && folder.uid !== 0) return withOwnGroup(folder.uid);
  const isUsed = folder && (await readdir(dataDir).catch(() => ['no folder'])).length > 0;
  return isUsed ? null : findUser(NAME);
}

/** Takes the group of the user. That of the folder may be root's. */
async function withOwnGroup(uid: number): Promise<User | null> {
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const fields = users.split('\n').map((line) => line.split(':'));
  const gid = Number(fields.find(([, , id]) => id === String(uid))?.[3]);
  return gid > 0 ? { uid, gid } : null;
}

async function ownsAll({ uid }: User, dataDir: string): Promise<boolean> {
  const found = await Promise.all(
    OWNED.map((name) => stat(path.join(dataDir, name)).catch(() => null)),
  );
  return found.every((one) => one === null || one.uid === uid);
}

/**
 * Makes this process theirs, for good, and a data folder that is root's with it. What only root may write, the
 * compiled programs, is made before.
 */
export async function become(user: User, dataDir: string): Promise<void> {
  await runStep('programs', [RUN, '--compile', ...PROGRAMS]);
  await mkdir(dataDir, { recursive: true, mode: 0o711 });
  await handOver(dataDir, user);
  process.setgroups?.([user.gid]);
  process.setgid?.(user.gid);
  process.setuid?.(user.uid);
}

/** Uses the folder's handle: somebody could put a link to another folder in its place meanwhile. */
async function handOver(dataDir: string, { uid, gid }: User): Promise<void> {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  const folder = await open(dataDir, flags);
  try {
    if ((await folder.stat()).uid === 0) await folder.chown(uid, gid);
  } finally {
    await folder.close();
  }
}
