import { chown, mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { canEnter, findUser, type User } from './postgres/owner.ts';
import { root } from './root.ts';

const NAME = 'fiberkeep';

/**
 * Whom the server runs as where root starts it: the owner of the data folder, or user `fiberkeep` for a folder that
 * is still to be made. Null where root stays: there is no such user, they cannot enter the checkout, or a database is
 * there that is not theirs.
 */
export async function findUnprivileged(dataDir: string): Promise<User | null> {
  if (process.getuid?.() !== 0) return null;
  const user = await ownerOf(dataDir);
  const cluster = await stat(path.join(dataDir, 'postgres', 'cluster')).catch(() => null);
  if (!user || (cluster && cluster.uid !== user.uid)) return null;
  return (await canEnter(user, root)) ? user : null;
}

async function ownerOf(dataDir: string): Promise<User | null> {
  const folder = await stat(dataDir).catch(() => null);
  if (folder && folder.uid !== 0) return { uid: folder.uid, gid: folder.gid };
  const isUsed = folder && (await readdir(dataDir).catch(() => ['no folder'])).length > 0;
  return isUsed ? null : findUser(NAME);
}

/** Makes this process theirs, for good, and the data folder with it. */
export async function become({ uid, gid }: User, dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o711 });
  await chown(dataDir, uid, gid);
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}
