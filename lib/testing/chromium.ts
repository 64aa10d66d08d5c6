import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { chromium } from '@playwright/test';
import { root } from '#launcher/root.ts';

const run = promisify(execFile);
/** The shell first: it draws pages and no windows, which takes a third of the processor time. */
const names = [
  'chromium-headless-shell',
  ...['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'],
];
const folders = [
  ...(process.env.PATH ?? '').split(path.delimiter),
  '/usr/bin',
  '/snap/bin',
  '/Applications/Google Chrome.app/Contents/MacOS',
  '/Applications/Chromium.app/Contents/MacOS',
];

/**
 * A Chromium for the browser tests: CHROMIUM_PATH, else an installed one, else Playwright's own, else, for
 * root on Debian and its like, the system's package. Throws where none can be had.
 */
export async function findChromium(say: (line: string) => void): Promise<string> {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROMIUM_PATH ${named} does not exist`);
    return named;
  }
  const found = installed();
  if (found) return found;
  say('There is no Chromium yet; one is being installed …');
  await installPlaywrights().catch(installPackage);
  const made = installed();
  if (!made) throw new Error('There is no Chromium: install one, or name one with CHROMIUM_PATH');
  return made;
}

function installed(): string | undefined {
  const own = chromium.executablePath();
  const candidates = [...names, 'Google Chrome', 'Chromium'].flatMap((name) =>
    folders.map((folder) => path.join(folder, name)),
  );
  return [...candidates, own].find((file) => file !== '' && existsSync(file));
}

async function installPlaywrights(): Promise<void> {
  const cli = path.join(root, 'node_modules/@playwright/test/cli.js');
  await run(process.execPath, [cli, 'install', 'chromium'], { timeout: 300_000 });
}

async function installPackage(): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { env });
  const install = (name: string) =>
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], { env });
  await install('chromium-headless-shell').catch(() => install('chromium'));
}
