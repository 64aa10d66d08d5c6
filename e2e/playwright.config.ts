import { defineConfig } from '@playwright/test';

const administrator = '../test-results/state/administrator.json';

/**
 * Browser tests against a running server, over HTTP only. BASE_URL is its address, SETUP_URL its
 * one-time set-up link. CONTROL_URL stops and starts it on POST to `stop` and `start`. RECOVERY_URL starts an empty
 * server beside it on POST to `empty`. CHROMIUM_PATH is the browser. `npm test -- browser` sets all five.
 */
export default defineConfig({
  testDir: '.',
  outputDir: '../test-results/browser',
  workers: 1,
  // Generous limits: they stop what hangs, but pass on a slow machine.
  timeout: 240_000,
  // A real server on a shared machine may be slow once: failing twice is a bug.
  retries: process.env.CI ? 1 : 0,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    baseURL: process.env.BASE_URL,
    launchOptions: { executablePath: process.env.CHROMIUM_PATH },
    locale: 'en-US',
    viewport: { width: 1280, height: 860 },
    actionTimeout: 30_000,
    // A trace doubles a test's work, so only a retry makes one, or TRACE=1.
    trace: process.env.TRACE ? 'retain-on-failure' : 'on-first-retry',
    screenshot: 'only-on-failure',
    reducedMotion: 'reduce',
    // What passes through one cannot be held back by a test; the tests of the worker itself allow it.
    serviceWorkers: 'block',
  },
  projects: [
    { name: 'set-up', testMatch: 'set-up.spec.ts' },
    {
      name: 'pages',
      testIgnore: ['set-up.spec.ts', 'destination*.spec.ts', 'recovery.spec.ts'],
      dependencies: ['set-up'],
      use: { storageState: new URL(administrator, import.meta.url).pathname },
    },
    {
      // Last: it checks the recovery kit, whose own test wants to see one that is not checked yet.
      name: 'destinations',
      testMatch: ['destination*.spec.ts', 'recovery.spec.ts'],
      dependencies: ['set-up'],
      use: { storageState: new URL(administrator, import.meta.url).pathname },
    },
  ],
});
