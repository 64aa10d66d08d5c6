import { existsSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { RUN, root } from './root.ts';
import { runStep } from './run-step.ts';
import { whenChanged } from './stamp.ts';

const STAMP = 'generated/.stamp';
const inputs = [
  'package-lock.json',
  'prisma/plant/schema.prisma',
  'prisma/plant/prisma.config.ts',
  'prisma/vault/schema.prisma',
  'prisma/vault/prisma.config.ts',
  'graphql/schema',
  'graphql/operations',
  'graphql/codegen.ts',
  'graphql/write-type-defs.ts',
  'graphql/write-documents.ts',
];

/** Writes `generated/`: the database clients and the GraphQL types. Nothing is downloaded. */
async function generate(): Promise<void> {
  const prisma = (plane: 'plant' | 'vault') =>
    runStep(plane, [
      'node_modules/prisma/build/index.js',
      'generate',
      '--config',
      `prisma/${plane}/prisma.config.ts`,
    ]);
  await Promise.all([prisma('plant'), prisma('vault'), generateGraphql()]);
}

async function generateGraphql(): Promise<void> {
  await runStep('graphqlTypes', [
    'node_modules/@graphql-codegen/cli/cjs/bin.js',
    '--config',
    'graphql/codegen.ts',
  ]);
  for (const writer of ['graphql/write-type-defs.ts', 'graphql/write-documents.ts'])
    if (existsSync(path.join(root, writer)))
      await runStep('graphqlSchema', [RUN, '--plain', writer]);
}

/** Generates the code unless nothing changed since the last time. */
export function generateWhenChanged(): Promise<boolean> {
  return whenChanged(STAMP, inputs, generate);
}

/** Generates the code in any case; the next start need not do it again. */
export async function generateAnew(): Promise<void> {
  await rm(path.join(root, STAMP), { force: true });
  await generateWhenChanged();
}

const called = process.argv[1];
if (called && realpathSync(called) === fileURLToPath(import.meta.url)) await generateAnew();
