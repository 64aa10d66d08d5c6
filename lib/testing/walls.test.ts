import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '#launcher/root.ts';

/** What a file may not import, and one thing that it may. */
const walls: [file: string, refused: string[], allowed: string][] = [
  ['lib/errors/x.ts', ['../config.ts', '#engine/ports.ts', '../engine/ports.ts'], 'node:fs'],
  [
    'lib/engine/x.ts',
    [
      '#vault/client.ts',
      '../vault/client.ts',
      '#jobs/queue.ts',
      '#plant/client.ts',
      '#services/server.ts',
      '../services/server.ts',
      '#config',
      '../config.ts',
      '#generated/plant/client.ts',
      '../../generated/plant/client.ts',
      '#prisma/migrate.ts',
      'next/headers',
    ],
    '#errors',
  ],
  [
    'lib/engine/chunks/x.ts',
    ['../../vault/client.ts', '../../plant/client.ts', '#services/server.ts', '#web/server.ts'],
    '#engine/sealing/keys.ts',
  ],
  [
    'lib/vault/x.ts',
    ['#plant/client.ts', '../plant/client.ts', '#engine/sealing/keys.ts', '#services/server.ts'],
    '#engine/ports.ts',
  ],
  ['lib/vault/y.ts', ['#config', 'next', '#generated/plant/client.ts'], '#jobs/queue.ts'],
  [
    'lib/jobs/x.ts',
    ['#services/server.ts', '#plant/client.ts', '#worker/main.ts'],
    '#vault/client.ts',
  ],
  ['lib/events/x.ts', ['#services/server.ts', '../services/server.ts'], '#vault/client.ts'],
  [
    'lib/plant/x.ts',
    ['#vault/client.ts', '../vault/client.ts', '#jobs/queue.ts', '#generated/vault/client.ts'],
    '#engine/ports.ts',
  ],
  ['lib/plant/sample/x.ts', ['../../vault/client.ts', '#engine/sealing/keys.ts'], '../client.ts'],
  [
    'lib/services/backups/x.ts',
    ['#web/server.ts', '#worker/main.ts', '#cli/main.ts', '#graphql/server.ts', '#app/page.tsx'],
    '#vault/client.ts',
  ],
  [
    'lib/web/x.ts',
    ['#vault/client.ts', '../vault/client.ts', '#plant/client.ts'],
    '#services/server.ts',
  ],
  ['lib/worker/x.ts', ['#engine/backup/create.ts', '#vault/client.ts'], '#services/server.ts'],
  ['lib/cli/x.ts', ['#vault/client.ts', '#graphql/server.ts'], '#services/server.ts'],
  [
    'graphql/resolvers/x.ts',
    ['#jobs/queue.ts', '#engine/sealing/keys.ts', '../../lib/engine/ports.ts', '#app/page.tsx'],
    '#services/server.ts',
  ],
  [
    'app/backup/x.tsx',
    ['#services/permit.ts', '../../lib/services/permit.ts', '#generated/vault/client.ts'],
    '#generated/graphql/client/graphql.ts',
  ],
  ['app/api/x/route.ts', ['#jobs/queue.ts', '#services/permit.ts'], '#services/server.ts'],
  ['lib/launcher/a/b/x.ts', ['../../../config.ts'], '../../lock.ts'],
];

/** The ways to reach another module, each its own file beside `file`. */
const ways: [suffix: string, source: (target: string) => string][] = [
  ['import', (target) => `import { x } from '${target}';\nexport const y = x;\n`],
  ['re-export', (target) => `export * from '${target}';\n`],
  ['late', (target) => `export const y = () => import('${target}');\n`],
];

/** Two files that need each other's types. */
const circle: [file: string, source: string][] = [
  ['lib/launcher/one.ts', "import type { Two } from './two.ts';\nexport type One = Two | null;\n"],
  ['lib/launcher/two.ts', "import type { One } from './one.ts';\nexport type Two = One[];\n"],
];
const long = `export function long() {\n${'  console.log(1);\n'.repeat(61)}}\n`;

const readers = ['lib/engine/x.ts', 'lib/services/x.ts', 'app/page.tsx'];
let folder: string;
let caught: Map<string, string[]>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-walls-'));
  await copyFile(path.join(root, '.biome.json'), path.join(folder, '.biome.json'));
  for (const [file, refused, allowed] of walls)
    for (const target of [...refused, allowed])
      for (const [way, source] of ways) await plant(variant(file, target, way), source(target));
  for (const file of readers) await plant(file, 'export const y = process.env.HOME;\n');
  for (const [file, source] of circle) await plant(file, source);
  await plant('lib/launcher/long.ts', long);
  caught = await lint();
});

afterAll(() => rm(folder, { recursive: true }));

describe.each(walls)('%s', (file, refused, allowed) => {
  test.each(refused)('may not import %s', (target) => {
    for (const [way] of ways)
      expect(caught.get(variant(file, target, way))).toContain('lint/style/noRestrictedImports');
  });

  test(`may import ${allowed}`, () => {
    for (const [way] of ways) expect(caught.get(variant(file, allowed, way))).toBeUndefined();
  });
});

test.each(readers)('%s may not read the environment', (file) => {
  expect(caught.get(file)).toContain('lint/style/noProcessEnv');
});

test.each(circle)('%s may not need the types of a file that needs its own', (file) => {
  expect(caught.get(file)).toContain('lint/suspicious/noImportCycles');
});

test('no function may have more than 60 lines', () => {
  expect(caught.get('lib/launcher/long.ts')).toContain(
    'lint/complexity/noExcessiveLinesPerFunction',
  );
});

function variant(file: string, target: string, way: string): string {
  const name = `${target.replaceAll(/\W+/g, '-')}-${way}`;
  return path.join(path.dirname(file), `${name}${path.extname(file)}`);
}

async function plant(file: string, source: string): Promise<void> {
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
  await writeFile(path.join(folder, file), source);
}

/** Which rules biome finds broken, by file. */
async function lint(): Promise<Map<string, string[]>> {
  const rules = [
    'noRestrictedImports',
    'noProcessEnv',
    'noImportCycles',
    'noExcessiveLinesPerFunction',
  ].flatMap((rule) => ['--only', rule]);
  const args = ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none'];
  const biome = path.join(root, 'node_modules/@biomejs/biome/bin/biome');
  const { stdout } = await promisify(execFile)(process.execPath, [biome, ...args, ...rules, '.'], {
    cwd: folder,
    maxBuffer: 64 * 1024 * 1024,
  }).catch((failed: { stdout: string }) => failed);
  const report = JSON.parse(stdout) as {
    diagnostics: { category: string; location: { path: string | { file: string } } }[];
  };
  const byFile = new Map<string, string[]>();
  for (const { category, location } of report.diagnostics) {
    const at = typeof location.path === 'string' ? location.path : location.path.file;
    byFile.set(at, [...(byFile.get(at) ?? []), category]);
  }
  return byFile;
}
