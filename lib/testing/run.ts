/**
 * `npm test`: every test, with a PostgreSQL, a server and a browser of its own. `npm test -- unit [FILTER…]`
 * and `npm test -- browser [FILTER…]` run one half. They run one after the other: each uses all cores, and beside
 * each other both do more work, because whoever waits asks more often.
 */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildWhenChanged } from '#launcher/build.ts';
import { Closers } from '#launcher/closers.ts';
import { root } from '#launcher/root.ts';
import { findChromium } from './chromium.ts';
import { type Counts, playwrightCounts, vitestCounts } from './counts.ts';
import { startTestServer } from './postgres.ts';
import { RecoveryStage } from './recovery-stage.ts';
import { startRestartableServer } from './restartable-server.ts';
import { endTools, runTool } from './tool.ts';
import { unitTestsWith } from './unit-tests.ts';

const results = path.join(root, 'test-results');
const closers = new Closers();
let stopping = false;

async function runAll(half: string | undefined, filters: string[]): Promise<Counts[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-test-'));
  closers.add(() => rm(folder, { recursive: true, force: true }));
  // User postgres must be able to enter it.
  await chmod(folder, 0o755);
  await mkdir(results, { recursive: true });
  if (needsPages(half, filters)) await buildWhenChanged(say);
  const counts = [];
  if (half !== 'browser') counts.push(await runVitest(folder, filters).catch(failed));
  if (half !== 'unit' && !stopping) counts.push(await runPlaywright(folder, filters).catch(failed));
  return counts;
}

/** Few unit tests start a whole server; only those need the pages built.*/
function needsPages(half: string | undefined, filters: string[]): boolean {
  if (half !== 'unit' || filters.length === 0) return true;
  const starting = unitTestsWith(/\bstartRealServer\b/);
  return starting.some((file) => filters.some((filter) => file.includes(filter)));
}

function failed(error: unknown): Counts {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return { passed: 0, failed: 1 };
}

async function runVitest(folder: string, filters: string[]): Promise<Counts> {
  const server = await startTestServer(path.join(folder, 'postgres'));
  closers.add(() => server.stop());
  const report = path.join(folder, 'vitest.json');
  const code = await runTool(
    [
      ...['node_modules/vitest/vitest.mjs', 'run', '--config', 'lib/testing/vitest.config.ts'],
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
      ...filters,
    ],
    { TEST_DATABASE_URL: server.url },
  );
  return vitestCounts(report, code);
}

async function runPlaywright(folder: string, filters: string[]): Promise<Counts> {
  const browser = await findChromium(say);
  const log = path.join(results, 'server.log');
  const server = await startRestartableServer(
    {
      HOST: '127.0.0.1',
      DATA_DIR: path.join(folder, 'data'),
      DATABASE_URL: '',
      PUBLIC_URL: '',
      // A server over SFTP is in the test itself.
      DESTINATION_PRIVATE_NETWORKS: '127.0.0.0/8',
    },
    log,
  );
  closers.add(() => server.stop());
  const stage = await RecoveryStage.open(folder, results);
  closers.add(() => stage[Symbol.asyncDispose]());
  const report = path.join(folder, 'playwright.json');
  const code = await runTool(
    [
      ...['node_modules/@playwright/test/cli.js', 'test', '--config', 'e2e/playwright.config.ts'],
      ...['--reporter=list,json', ...filters],
    ],
    {
      BASE_URL: server.url,
      SETUP_URL: server.setUpUrl,
      CONTROL_URL: server.controlUrl,
      RECOVERY_URL: stage.controlUrl,
      CHROMIUM_PATH: browser,
      PLAYWRIGHT_JSON_OUTPUT_NAME: report,
      PLAYWRIGHT_JSON_OUTPUT_FILE: report,
    },
  );
  if (code !== 0) say(`What the server said: ${log}`);
  return playwrightCounts(report, code);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<number> {
  const [half, ...filters] = process.argv.slice(2);
  if (half !== undefined && half !== 'unit' && half !== 'browser') {
    process.stderr.write('usage: npm test [-- unit|browser [FILTER…]]\n');
    return 2;
  }
  let counts: Counts[];
  try {
    counts = await runAll(half, filters);
  } catch (error) {
    counts = [failed(error)];
  } finally {
    await closers.close();
  }
  const sum = (key: keyof Counts) => counts.reduce((total, count) => total + count[key], 0);
  say(`${sum('passed')} passed, ${sum('failed')} failed`);
  return sum('failed') === 0 ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    void endTools()
      .then(() => closers.close())
      .finally(() => process.exit(1));
  });

process.exit(await main());
