import { rm } from 'node:fs/promises';
import path from 'node:path';
import { root } from './root.ts';
import { runStep } from './run-step.ts';
import { whenChanged } from './stamp.ts';

const inputs = [
  'package-lock.json',
  'next.config.js',
  'tsconfig.json',
  '.postcssrc.json',
  'app',
  'graphql',
  'lib',
  'prisma',
];

/** Builds the pages for production, unless nothing changed since the last build. */
export function buildWhenChanged(say: (line: string) => void): Promise<boolean> {
  return whenChanged('.next/fiberkeep-stamp', inputs, async () => {
    say('Building the pages; this happens once and takes about a minute …');
    // The types of a deleted route would fail the build.
    await rm(path.join(root, '.next/types'), { recursive: true, force: true });
    await rm(path.join(root, '.next/dev'), { recursive: true, force: true });
    await runStep('pages', ['node_modules/next/dist/bin/next', 'build'], {
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
    });
  });
}
