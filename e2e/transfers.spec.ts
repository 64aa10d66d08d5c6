import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Page, Request } from '@playwright/test';
import { craftArchives } from './support/crafted.ts';
import { asksFor, makeBackup, undoAll } from './support/graphql.ts';
import { expectAccessible, picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { administrator, freshPage, signIn } from './support/people.ts';
import { chooseEverything } from './support/restore.ts';
import { expect, test } from './support/test.ts';
import {
  chooseForUpload,
  deleteBackup,
  downloadBackup,
  keepFile,
  receivedOf,
  sha256Of,
  slowUploads,
  waitForSome,
  watchOffsets,
} from './support/transfers.ts';

const controlUrl = process.env.CONTROL_URL;

const otherId = '01234567-89ab-4cde-8f01-23456789abcd';

/**
 * Gives the archive a header as another server would write it: its own id, and no stanza for this
 * server's kit.
 */
function asFromServer(id: string, archive: Buffer): { foreign: Buffer; serverId: string } {
  const text = archive.toString('latin1');
  const serverId = /fiberkeep\/server\/v1 ([0-9a-f-]{36})/.exec(text)?.[1] ?? '';
  const share = randomBytes(32).toString('base64').replaceAll('=', '');
  const rewritten = text.replace(serverId, id).replace(/(?<=^-> X25519 )\S+/m, share);
  return { foreign: Buffer.from(rewritten, 'latin1'), serverId };
}

test('a backup is downloaded, deleted, uploaded, and is the same backup, which can be applied', async ({
  page,
}) => {
  await undoAll(page);
  const name = unique('A journey: there & back');
  await page.goto('/backup');
  await makeBackup(page, name);
  const row = page.getByRole('row', { name: new RegExp(`^${name}`) });
  await expect(row).toContainText('≈');
  const file = await downloadBackup(page, name);
  expect(path.basename(file)).toMatch(/^A journey.*\.tar\.gz\.doz$/);
  await expect(row).not.toContainText('≈');

  await row.getByRole('button', { name: `More for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Details' }).click();
  const details = page.getByRole('dialog', { name });
  await expect(details.getByText(await sha256Of(file))).toBeVisible();
  const bytes = (await stat(file)).size;
  await expect(details.getByText(`${bytes.toLocaleString('en-US')} bytes`)).toBeVisible();
  await picture(page, 'details');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await details.getByRole('button', { name: 'Copy the SHA-256' }).click();
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toBe(await sha256Of(file));
  await page.keyboard.press('Escape');
  await expect(details).toHaveCount(0);

  await deleteBackup(page, name);
  const upload = await chooseForUpload(page, file);
  await expect(upload.getByText(`“${name}” is intact and in the list of backups.`)).toBeVisible();
  await expectAccessible(page);
  await picture(page, 'upload-done');
  await upload.getByRole('button', { name: 'Show the backup' }).click();
  await expect(details).toContainText(`${path.basename(file)}, uploaded by ${administrator.name}`);
  await expect(details).toContainText(administrator.name);
  await page.keyboard.press('Escape');
  await expect(row).toContainText('Uploaded');

  await page.getByRole('button', { name: `Restore ${name}` }).click();
  const restore = page.getByRole('dialog');
  await chooseEverything(restore);
  await restore.getByLabel(`Type “${name}” to restore it`).fill(name);
  await restore.getByRole('button', { name: 'Restore', exact: true }).click();
  await expect(restore.getByText('Done: the network was restored')).toBeVisible();
  await restore.getByRole('button', { name: 'Done' }).click();
  const banner = page.getByRole('region', { name: 'A restore that can be undone' });
  await banner.getByRole('button', { name: 'Undo' }).click();
  const question = page.getByRole('alertdialog');
  await question.getByRole('button', { name: /undo/i }).click();
  // While the confirmation is open, the page behind it is hidden from the accessibility tree.
  await expect(question).toHaveCount(0);
  await expect(banner).toHaveCount(0);
});

test('each file that is not an archive of this server is refused in words, and nothing is kept', async ({
  page,
}) => {
  const name = unique('To be crafted');
  const other = unique('Not touched');
  await page.goto('/backup');
  await makeBackup(page, other);
  await makeBackup(page, name);
  const whole = await readFile(await downloadBackup(page, name));
  await deleteBackup(page, name);
  const flipped = Buffer.from(whole);
  flipped[Math.floor(flipped.length / 2)] = (flipped[Math.floor(flipped.length / 2)] ?? 0) ^ 1;
  const { foreign, serverId } = asFromServer(otherId, whole);
  const crafted = [
    [
      'not-an-archive.zip',
      Buffer.from('PK\u0003\u0004 this is something else'),
      'This file is not an archive of Fiberkeep: it does not begin as one.',
    ],
    ['cut.tar.gz.doz', whole.subarray(0, whole.length - 1000), /This file was cut short: .+/],
    ['altered.tar.gz.doz', flipped, /This file was altered after it was made: .+/],
    [
      'longer.tar.gz.doz',
      Buffer.concat([whole, Buffer.from('more')]),
      /This file was altered after it was made: .+/,
    ],
    [
      'foreign.tar.gz.doz',
      foreign,
      `This file was made by another server (${otherId}). This one is ${serverId}.`,
    ],
  ] as const;
  for (const [fileName, bytes, sentence] of crafted) {
    await expectRefused(page, { name: fileName, bytes, sentence });
  }
  await page.reload();
  await expect(page.getByRole('row', { name: new RegExp(`^${other}`) })).toBeVisible();
  await expect(page.getByRole('row', { name: new RegExp(`^${name}`) })).toHaveCount(0);
});

test('an archive that only this server could have encrypted is refused for what is wrong inside', async ({
  page,
}) => {
  const name = unique('Genuine');
  await page.goto('/backup');
  await makeBackup(page, name);
  const { name: inside, crafted } = await craftArchives(page, await downloadBackup(page, name));
  const sentences: Record<keyof typeof crafted, string | RegExp> = {
    KEY_UNKNOWN:
      'This file claims to come from this server, but the key of this server does not open it.',
    FORMAT_NEWER: /This file was made by a newer version of Fiberkeep: .+/,
    STRUCTURE_NEWER: /The backup was made by a newer version: .+/,
    STRUCTURE_DIFFERENT: /The backup's migration .+ is not the one that this version has\./,
    CONTENTS_DIFFER: /The contents of this file are not what it announces: .+/,
    LARGER_THAN_ANNOUNCED: /More came than was announced: .+/,
  };
  for (const [code, bytes] of Object.entries(crafted)) {
    const fileName = `${code.toLowerCase().replaceAll('_', '-')}.tar.gz.doz`;
    const sentence = sentences[code as keyof typeof crafted];
    await expectRefused(page, { name: fileName, bytes, sentence });
  }
  await page.reload();
  await expect(page.getByRole('row', { name: new RegExp(`^${name}`) })).toBeVisible();
  await expect(page.getByRole('row', { name: new RegExp(`^${inside}`) })).toHaveCount(0);
  await deleteBackup(page, name);
});

test('an existing backup is not uploaded twice, and the refusal leads to it', async ({ page }) => {
  const name = unique('Here already');
  await page.goto('/backup');
  await makeBackup(page, name);
  const dialog = await chooseForUpload(page, await downloadBackup(page, name));
  await expect(dialog.getByRole('alert')).toContainText(
    `This backup is here already: it is “${name}”.`,
  );
  await picture(page, 'already-here');
  await dialog.getByRole('button', { name: 'Show the backup' }).click();
  await expect(page.getByRole('dialog', { name })).toBeVisible();
});

test('a download that must be prepared first shows its progress, then starts by itself', async ({
  page,
}) => {
  const name = unique('To be prepared');
  await page.goto('/backup');
  await makeBackup(page, name);
  // Holds back the event of the job's end, because small archives are prepared at once.
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route('**/api/graphql/stream*', async (route) => {
    await held;
    await route.continue();
  });
  await page.reload();
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: `Download ${name}`, exact: true }).click();
  const busy = page.getByRole('button', { name: `Preparing the download of ${name}`, exact: true });
  await expect(busy).toHaveAttribute('aria-busy', 'true');
  const card = page.getByRole('region', { name: 'Preparing a download' });
  await expect(card.getByRole('progressbar', { name: 'Preparing a download' })).toBeVisible();
  await picture(page, 'preparing');
  letGo();
  expect((await coming).suggestedFilename()).toBe(`${name}.tar.gz.doz`);
  await expect(card).toHaveCount(0);
});

test('a download starts also where its job ends before the page hears that there is one', async ({
  page,
}) => {
  const name = unique('Prepared at once');
  await page.goto('/backup');
  await makeBackup(page, name);
  let job: { id: string } | undefined;
  const followed = page.waitForEvent(
    'requestfinished',
    (request) => job !== undefined && asksFor(request, 'subscription JobProgress', job.id),
  );
  await page.route('**/api/graphql', async (route) => {
    if (asksFor(route.request(), 'mutation PrepareArchive')) {
      const answer = await route.fetch();
      job = (await answer.json()).data.prepareArchive.job;
      await followed;
      await route.fulfill({ response: answer });
    } else if (asksFor(route.request(), 'query ActiveJobs') && job) {
      // As an answer that was read while the job was still queued.
      await route.fulfill({ json: { data: { jobs: { nodes: [job] } } } });
    } else await route.continue();
  });
  const file = await downloadBackup(page, name);
  expect(path.basename(file)).toBe(`${name}.tar.gz.doz`);
  await expect(page.getByRole('button', { name: `Download ${name}`, exact: true })).toBeEnabled();
});

test('a dropped file is accepted, and one that misses the drop zone is not opened', async ({
  page,
}) => {
  await page.goto('/backup');
  await page.getByRole('button', { name: 'Upload backup' }).click();
  const dialog = page.getByRole('dialog');
  const zone = dialog.getByText('Choose a file, or drop it here');
  const files = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['no archive'], 'dropped.tar.gz.doz'));
    return transfer;
  });
  const opened = await page.evaluate(
    (dataTransfer) =>
      document.body.dispatchEvent(
        new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }),
      ),
    files,
  );
  expect(opened).toBe(false);
  await expect(zone).toBeVisible();
  await zone.dispatchEvent('drop', { dataTransfer: files });
  await expect(dialog.getByText('dropped.tar.gz.doz')).toBeVisible();
  await expect(dialog.getByRole('alert')).toContainText(
    'This file is not an archive of Fiberkeep: ',
  );
});

test('an empty file is refused before anything is sent', async ({ page }) => {
  await page.goto('/backup');
  await page.getByRole('button', { name: 'Upload backup' }).click();
  const dialog = page.getByRole('dialog');
  const file = await keepFile('empty.tar.gz.doz', Buffer.alloc(0));
  await dialog.getByLabel('Choose a file, or drop it here').setInputFiles(file);
  await expect(dialog.getByRole('alert')).toHaveText('The file is empty or too large.');
});

test('after a reload the same file resumes where it stopped; another one is refused', async ({
  page,
}) => {
  const name = unique('Interrupted');
  await page.goto('/backup');
  await makeBackup(page, name);
  const file = await downloadBackup(page, name);
  await deleteBackup(page, name);
  const speedUp = await slowUploads(page, (await stat(file)).size);
  const offsets = watchOffsets(page);
  const dialog = await chooseForUpload(page, file);
  const received = await waitForSome(page, file);
  await expect(dialog.getByText(/\/s\b/)).toBeVisible();
  await expect(dialog.getByText(/about \d+ (seconds?|minutes?) left/)).toBeVisible();
  await expectAccessible(page);
  await picture(page, 'uploading');

  await page.reload();
  await expect(dialog.getByText(/ have arrived\./)).toBeVisible();
  await picture(page, 'upload-broken-off');
  await expectAccessible(page);
  const again = dialog.getByLabel('Choose the same file to continue');
  await again.setInputFiles(await keepFile('another.tar.gz.doz', Buffer.alloc(1000)));
  await expect(dialog.getByText('“another.tar.gz.doz” is another file')).toBeVisible();
  await dialog.getByRole('button', { name: 'Not now' }).click();
  const card = page.getByRole('region', { name: new RegExp(`^Upload of ${name}`) });
  await expect(card).toContainText('Interrupted');
  await picture(page, 'upload-card');
  await card.getByRole('button', { name: 'Continue' }).click();
  await speedUp();
  await again.setInputFiles(file);
  await expect(dialog.getByText(`“${name}” is intact`)).toBeVisible({ timeout: 60_000 });
  expect(offsets[0]).toBe(0);
  expect(offsets.at(-1)).toBeGreaterThanOrEqual(received);
});

test('a file that this browser had started to send resumes when it is chosen again', async ({
  page,
}) => {
  const name = unique('Remembered');
  await page.goto('/backup');
  await makeBackup(page, name);
  const file = await downloadBackup(page, name);
  await deleteBackup(page, name);
  const speedUp = await slowUploads(page, (await stat(file)).size);
  const offsets = watchOffsets(page);
  await chooseForUpload(page, file);
  const received = await waitForSome(page, file);
  await page.goto('/backup');
  await speedUp();
  const dialog = await chooseForUpload(page, file);
  await expect(dialog.getByText(`“${name}” is intact`)).toBeVisible({ timeout: 60_000 });
  expect(offsets.at(-1)).toBeGreaterThanOrEqual(received);
  expect(await receivedOf(page, path.basename(file))).toBe(null);
});

test('a canceled upload leaves nothing', async ({ page }) => {
  const name = unique('Cancelled');
  await page.goto('/backup');
  await makeBackup(page, name);
  const file = await downloadBackup(page, name);
  await slowUploads(page, (await stat(file)).size);
  const dialog = await chooseForUpload(page, file);
  await waitForSome(page, file);
  await dialog.getByRole('button', { name: 'Cancel the upload' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole('region', { name: new RegExp(`^Upload of ${name}`) })).toHaveCount(0);
  expect(await receivedOf(page, path.basename(file))).toBe(null);
});

test('an upload resumes by itself after the server restarts', async ({ browser }) => {
  // In a separate browser, because it reports the lost connections.
  const page = await freshPage(browser, { acceptDownloads: true });
  await signIn(page, administrator.email, administrator.password);
  const name = unique('Through a restart');
  await page.goto('/backup');
  await makeBackup(page, name);
  const file = await downloadBackup(page, name);
  await deleteBackup(page, name);
  const speedUp = await slowUploads(page, (await stat(file)).size);
  const offsets = watchOffsets(page);
  const dialog = await chooseForUpload(page, file);
  const received = await waitForSome(page, file);
  await failToRead(page, 'Upload');
  try {
    await orderServer(page, 'stop');
    await expect(dialog.getByText('Connection lost')).toBeVisible();
    await picture(page, 'upload-waiting');
  } finally {
    await page.unrouteAll({ behavior: 'wait' });
    await orderServer(page, 'start');
  }
  await speedUp();
  await expect(dialog.getByText(`“${name}” is intact`)).toBeVisible({ timeout: 90_000 });
  expect(offsets.at(-1)).toBeGreaterThanOrEqual(received);
  await page.context().close();
});

/** From now on the page's queries fail, as while the server stops; resolves once one has. */
async function failToRead(page: Page, operation: string): Promise<void> {
  const isIt = (request: Request) =>
    request.url().endsWith('/api/graphql') &&
    JSON.parse(request.postData() ?? '{}').operationName === operation;
  await page.route('**/api/graphql', (route) =>
    isIt(route.request()) ? route.abort() : route.continue(),
  );
  const failed = page.waitForEvent('requestfailed', { predicate: isIt });
  // An event of a job makes the page read again.
  await makeBackup(page, unique('Made meanwhile'));
  await failed;
}

async function orderServer(page: Page, order: 'stop' | 'start'): Promise<void> {
  const answer = await page.request.post(new URL(order, controlUrl).href, { timeout: 120_000 });
  expect(answer.status()).toBe(204);
}

/** Sends the file, and expects the reason why it is refused. */
async function expectRefused(
  page: Page,
  file: { name: string; bytes: Buffer; sentence: string | RegExp },
): Promise<void> {
  const dialog = await chooseForUpload(page, await keepFile(file.name, file.bytes));
  await expect(dialog.getByRole('alert')).toContainText(file.sentence);
  await expect(dialog.getByText('The file was not kept, and no backup was changed.')).toBeVisible();
  await expectAccessible(page);
  await picture(page, `refused-${file.name.split('.')[0]}`);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(dialog).toHaveCount(0);
}
