import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';

const folder = new URL('../../test-results/archives/', import.meta.url).pathname;

/** A file of a test, kept under test-results/archives. */
export async function keepFile(name: string, bytes: Uint8Array): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, name);
  await writeFile(file, bytes);
  return file;
}

/** Presses a backup's download button; answers the file that the browser saved. */
export async function downloadBackup(page: Page, name: string): Promise<string> {
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: `Download ${name}`, exact: true }).click();
  const download = await coming;
  const file = path.join(folder, download.suggestedFilename());
  await download.saveAs(file);
  return file;
}

/** Chooses a file in the upload dialog; answers the window that shows the upload from then on. */
export async function chooseForUpload(page: Page, file: string): Promise<Locator> {
  await page.getByRole('button', { name: 'Upload backup' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Choose a file, or drop it here').setInputFiles(file);
  await expect(page).toHaveURL(/upload=/);
  return dialog;
}

export async function deleteBackup(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `Delete ${name}`, exact: true }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete backup' }).click();
  await expect(page.getByRole('button', { name: `Delete ${name}`, exact: true })).toHaveCount(0);
}

export async function sha256Of(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

/** Makes the page's uploads slow, in bytes a second. */
export async function slowUploads(page: Page, uploadThroughput: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput,
  });
}

/** Offsets from which the page sends bytes, in order. */
export function watchOffsets(page: Page): number[] {
  const offsets: number[] = [];
  page.on('request', (request) => {
    if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']));
  });
  return offsets;
}

/** Waits until the progress bar of an upload is between the two, in percent. */
export async function expectSent(page: Page, least: number): Promise<void> {
  const bar = page.getByRole('progressbar', { name: 'Sending' });
  await expect
    .poll(async () => Number(await bar.getAttribute('aria-valuenow')), { timeout: 30_000 })
    .toBeGreaterThan(least);
}
