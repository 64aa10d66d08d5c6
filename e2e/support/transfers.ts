import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';
import { graphql } from './graphql.ts';

const folder = new URL('../../test-results/archives/', import.meta.url).pathname;

/** A file of a test, kept under test-results/archives. */
export async function keepFile(name: string, bytes: Uint8Array): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, name);
  await writeFile(file, bytes);
  return file;
}

/** Presses a backup's download button; returns the file that the browser saved. */
export async function downloadBackup(page: Page, name: string): Promise<string> {
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: `Download ${name}`, exact: true }).click();
  const download = await coming;
  const file = path.join(folder, download.suggestedFilename());
  await download.saveAs(file);
  return file;
}

/** Chooses a file in the upload dialog; returns the dialog that shows the upload from then on. */
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

/**
 * Slows the page's uploads so that `size` bytes take three minutes, longer than any slow step of a
 * test. Returns a function that makes them fast again.
 */
export async function slowUploads(page: Page, size: number): Promise<() => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  const limit = (uploadThroughput: number) =>
    session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await limit(size / 180);
  return async () => void (await limit(-1));
}

/** Offsets from which the page sends bytes, in order. */
export function watchOffsets(page: Page): number[] {
  const offsets: number[] = [];
  page.on('request', (request) => {
    if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']));
  });
  return offsets;
}

/**
 * How many bytes the server has of the person's unfinished upload of that name; null without one.
 */
export async function receivedOf(page: Page, fileName: string): Promise<number | null> {
  const { uploads } = await graphql<{ uploads: { fileName: string; received: string }[] }>(
    page,
    '{ uploads { fileName received } }',
  );
  const found = uploads.find((upload) => upload.fileName === fileName);
  return found ? Number(found.received) : null;
}

/** Waits until the server has part of a file's upload; returns how many bytes. */
export async function waitForSome(page: Page, file: string): Promise<number> {
  const received = async () => (await receivedOf(page, path.basename(file))) ?? 0;
  await expect.poll(received, { timeout: 60_000 }).toBeGreaterThan(0);
  return received();
}
