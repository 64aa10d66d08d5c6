import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { noNightSoon } from './no-night-soon.ts';

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  resolve: {
    // Two copies of graphql, one of each module format, refuse each other's schemas.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    include: ['{app,graphql,lib,prisma}/**/*.test.{ts,tsx}'],
    environment: 'node',
    env: noNightSoon(),
    globalSetup: ['lib/testing/template.ts'],
    // Real processes on a machine that others use too: what fails twice is a fault.
    retry: process.env.CI ? 1 : 0,
    // These bound what hangs; a slow machine is no fault.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    // They wait for processes and disks as much as they compute: on two cores, two at a time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
