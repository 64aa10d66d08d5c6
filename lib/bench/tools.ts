import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const DEBIAN = '/usr/lib/postgresql';

/**
 * The folder of the pg_dump and pg_restore nearest to version `major` that can read such a server; null if
 * none is installed.
 */
export async function findPgBin(major: number): Promise<string | null> {
  const versions = await readdir(DEBIAN).catch(() => []);
  const folders = [
    ...(process.env.PATH ?? '').split(path.delimiter),
    ...versions.map((version) => path.join(DEBIAN, version, 'bin')),
  ];
  const found: { folder: string; version: number }[] = [];
  for (const folder of folders) {
    const version = await versionIn(folder);
    if (version >= major) found.push({ folder, version });
  }
  found.sort((one, other) => one.version - other.version);
  return found[0]?.folder ?? null;
}

async function versionIn(folder: string): Promise<number> {
  const program = path.join(folder, 'pg_dump');
  if (!existsSync(program) || !existsSync(path.join(folder, 'pg_restore'))) return 0;
  const said = await promisify(execFile)(program, ['--version']).catch(() => ({ stdout: '' }));
  return Number(/(\d+)(\.\d+)?/.exec(said.stdout)?.[1] ?? 0);
}
