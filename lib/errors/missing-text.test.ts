import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '#launcher/root.ts';

/** A copy of this folder, beside the packages that it imports. */
let folder: string;

beforeAll(async () => {
  const parent = path.join(root, 'test-results');
  await mkdir(parent, { recursive: true });
  folder = await mkdtemp(path.join(parent, 'errors-'));
  await cp(import.meta.dirname, folder, {
    recursive: true,
    filter: (file) => !file.endsWith('.test.ts'),
  });
  const compilerOptions = { rootDir: '.', incremental: false, plugins: [] };
  const config = { extends: path.join(root, 'tsconfig.json'), compilerOptions, include: ['*.ts'] };
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Changes one file of the copy, compiles, changes it back; returns what the compiler says. */
async function compiledWith(file: string, change: (source: string) => string): Promise<string> {
  const source = await readFile(path.join(folder, file), 'utf8');
  await writeFile(path.join(folder, file), change(source));
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, '--noEmit', '-p', folder], {
    cwd: root,
  }).catch((failed: { stdout: string }) => failed);
  await writeFile(path.join(folder, file), source);
  return stdout;
}

const withoutText = (section: string, key: string) => (source: string) => {
  const texts = JSON.parse(source);
  delete texts[section][key];
  return JSON.stringify(texts);
};

test('the catalogues compile as they are', async () => {
  expect(await compiledWith('texts/es.json', (source) => source)).toBe('');
});

test('a reason that lacks a text does not compile', async () => {
  const said = await compiledWith('reasons.ts', (source) =>
    source.replace(/export interface ReasonParams[^{]*{/, '$&\n  planted: None;'),
  );
  expect(said).toMatch(/'planted' is missing/);
});

test.each([
  ['pt-BR', 'reasons', 'lastAdministrator'],
  ['es', 'codes', 'DISK_FULL'],
  ['en', 'fields', 'required'],
  ['es', 'hints', 'seeApiDocs'],
])('the compiler says that %s lacks a text of the %s', async (locale, section, key) => {
  const said = await compiledWith(`texts/${locale}.json`, withoutText(section, key));
  expect(said).toMatch(new RegExp(`'?${key}'? is missing`));
});
