import { spawnSync } from 'node:child_process';
import { chmod, cp, lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findBinaries, installed } from './binaries.ts';
import { findOwner } from './owner.ts';

let folder: string;
let copies: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-binaries-'));
  copies = [];
});

afterEach(async () => {
  for (const copy of [folder, ...copies]) await rm(copy, { recursive: true, force: true });
});

/** An installation whose install scripts were blocked. */
async function withoutLinks(name: string): Promise<string> {
  const to = path.join(folder, name);
  await cp(installed().folder, to, { recursive: true, verbatimSymlinks: true });
  const libraries = path.join(to, 'native', 'lib');
  for (const file of await readdir(libraries)) {
    const found = await lstat(path.join(libraries, file));
    if (found.isSymbolicLink()) await rm(path.join(libraries, file));
  }
  return to;
}

describe("PostgreSQL's programs", () => {
  test.each([
    ['a folder that everybody may enter', 0o755],
    ['a folder that only its owner may enter', 0o700],
  ])('run from %s, the links to their libraries made where missing', async (_case, mode) => {
    await chmod(folder, mode);
    const owner = await findOwner();
    const version = `test-${path.basename(folder)}`;
    const said: string[] = [];
    const from = { folder: await withoutLinks('package'), version };
    const { initdb, postgres } = await findBinaries(owner, (line) => said.push(line), from);
    if (!initdb.startsWith(folder)) copies.push(path.resolve(initdb, '../..'));
    for (const program of [initdb, postgres]) {
      const { stdout, stderr } = spawnSync(program, ['--version'], { ...owner, cwd: '/' });
      expect(`${stdout}${stderr}`).toMatch(/\(PostgreSQL\) 18\./);
    }
    const mustMove = owner !== null && mode === 0o700;
    expect(said).toHaveLength(mustMove ? 1 : 0);
    expect(initdb.startsWith(folder)).toBe(!mustMove);
  });
});
