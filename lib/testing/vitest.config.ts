import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { noNightSoon } from './no-night-soon.ts';
import { unitTestsWith } from './unit-tests.ts';

/** Files that mock a module, or measure the memory of their own process. */
const alone = unitTestsWith(/\bvi\.mock\(|\bmemoryUsage\b/).map(escapeGlob);

const common = {
  environment: 'node',
  env: noNightSoon(),
  // Real processes on a machine that others use too: what fails twice is a fault.
  retry: process.env.CI ? 1 : 0,
  // These bound what hangs; a slow machine is no fault.
  testTimeout: 180_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 60_000 } },
  // A spy that a failed test left behind would meet the next file too.
  restoreMocks: true,
};

// Two copies of graphql, one of each module format, refuse each other's schemas.
const resolve = { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] };

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    globalSetup: ['lib/testing/template.ts'],
    // They wait for processes and disks as much as they compute: on two cores, three at a time.
    maxWorkers: availableParallelism() + 1,
    projects: [
      { resolve, test: { ...common, name: 'alone', include: alone } },
      {
        resolve,
        test: {
          ...common,
          name: 'shared',
          include: ['{app,graphql,lib,prisma}/**/*.test.{ts,tsx}'],
          exclude: alone,
          // Loading the modules anew for each file takes a third of the time.
          isolate: false,
        },
      },
    ],
  },
});

function escapeGlob(file: string): string {
  return file.replace(/[()[\]{}!*?]/g, '\\$&');
}
