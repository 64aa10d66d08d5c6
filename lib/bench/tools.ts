import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { BenchOptions } from './bench.ts';

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

/** Seconds that `pg_dump -Fd -j2 -Z1` of the plant takes; nothing where no pg_dump fits. */
export async function pgDump(
  { pgBin, databaseUrl }: Pick<BenchOptions, 'pgBin' | 'databaseUrl'>,
  folder: string,
): Promise<number[]> {
  if (!pgBin) return [];
  const begun = performance.now();
  const settings = ['-Fd', '-j2', '-Z1', '-n', 'plant', '-f', folder, databaseUrl];
  await promisify(execFile)(path.join(pgBin, 'pg_dump'), settings);
  const seconds = (performance.now() - begun) / 1000;
  await rm(folder, { recursive: true });
  return [seconds];
}
