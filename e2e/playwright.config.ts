import { defineConfig } from '@playwright/test';

const administrator = '../test-results/state/administrator.json';

/**
 * Browser tests against a server that runs already, over HTTP only. BASE_URL is its address, SETUP_URL its
 * one-time set-up link, CONTROL_URL stops and starts it on POST to `stop` and `start`, CHROMIUM_PATH is the browser; `npm test -- browser`
 * sets all four.
 */
export default defineConfig({
  testDir: '.',
  outputDir: '../test-results/browser',
  workers: 1,
  // Generous, all of them: they bound what hangs, and a slow machine is no fault.
  timeout: 240_000,
  // A real server on a machine that others use too: what fails twice is a fault.
  retries: process.env.CI ? 1 : 0,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    baseURL: process.env.BASE_URL,
    launchOptions: { executablePath: process.env.CHROMIUM_PATH },
    locale: 'en-US',
    viewport: { width: 1280, height: 860 },
    actionTimeout: 30_000,
    // A trace doubles the work of a test: it is made when a failed one is tried again, or with TRACE=1.
    trace: process.env.TRACE ? 'retain-on-failure' : 'on-first-retry',
    screenshot: 'only-on-failure',
    reducedMotion: 'reduce',
  },
  projects: [
    { name: 'set-up', testMatch: 'set-up.spec.ts' },
    {
      name: 'pages',
      testIgnore: 'set-up.spec.ts',
      dependencies: ['set-up'],
      use: { storageState: new URL(administrator, import.meta.url).pathname },
    },
  ],
});
