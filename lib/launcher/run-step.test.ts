import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runStep } from './run-step.ts';

const LOAD = `import { createJiti } from 'jiti';
  const { answer } = await createJiti(process.argv[1]).import(process.argv[1]);
  if (answer !== 42) process.exit(1);`;

test('a step keeps no compiled code in the shared temporary folder, where others could put theirs', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-step-'));
  const temporary = path.join(folder, 'tmp');
  await mkdir(temporary);
  await writeFile(path.join(folder, 'configuration.ts'), 'export const answer: number = 42;');
  const load = ['--input-type=module', '-e', LOAD, path.join(folder, 'configuration.ts')];
  const shared = { TMPDIR: temporary };
  await runStep('graphqlTypes', load, shared);
  expect(await readdir(temporary)).toEqual([]);
  // Without that, it would: the test would see it.
  await runStep('graphqlTypes', load, { ...shared, JITI_FS_CACHE: 'true' });
  expect(await readdir(temporary)).toEqual(['jiti']);
  await rm(folder, { recursive: true });
});
