import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { hasSftpServer, startSftpServer } from '#testing/sftp-server.ts';
import { checkKit, makeNas, removeDestinations } from './support/destinations.ts';
import { graphql, makeBackup } from './support/graphql.ts';
import { expectAccessible, inspect, picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { freshPage } from './support/people.ts';
import { plantCopy, plantUnreadable, takeAsAnother } from './support/planted.ts';
import { expect, test } from './support/test.ts';

const administrator = new URL('../test-results/state/administrator.json', import.meta.url).pathname;
const nas = 'NAS in the office';
const DAY_MS = 24 * 60 * 60 * 1000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS);
let folder = '';

test.beforeEach(async ({ page }) => {
  await removeDestinations(page);
  folder = await makeNas();
  await checkKit(page);
});

test.afterEach(async ({ page }) => {
  await removeDestinations(page);
  await rm(folder, { recursive: true, force: true });
});

const cardOf = (page: Page) => page.getByRole('region', { name: nas });

/** Adds the folder as a destination, and answers its id. */
async function add(page: Page, more: object = {}): Promise<string> {
  const { createDestination } = await graphql<{
    createDestination: { destination: { id: string } };
  }>(
    page,
    'mutation ($input: DestinationInput!) { createDestination(input: $input) { destination { id } } }',
    { input: { name: nas, url: `file://${folder}`, ...more } },
  );
  return createDestination.destination.id;
}

async function sendNow(page: Page): Promise<void> {
  await page.goto('/settings/destinations');
  await cardOf(page).getByRole('button', { name: 'Send now' }).click();
}

test('a host key is shown before it is trusted, and one that changed stops everything', async ({
  page,
}) => {
  test.skip(!hasSftpServer, 'there is no sftp-server');
  await using server = await startSftpServer();
  await mkdir(path.join(server.folder, 'fiberkeep'));
  await makeBackup(page, unique('Goes over SFTP'));
  await page.goto('/settings/destinations');
  await page.getByRole('button', { name: 'Add destination' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'SFTP' }).click();
  await dialog.getByLabel('Name').fill(nas);
  await dialog.getByLabel('Host', { exact: true }).fill(server.host);
  await dialog.getByLabel('Port').fill(String(server.port));
  await dialog.getByLabel('User').fill(server.user);
  await dialog.getByRole('textbox', { name: 'Folder' }).fill('fiberkeep');
  await dialog.getByRole('textbox', { name: 'Password' }).fill(server.password);
  await dialog.getByRole('button', { name: 'Add destination' }).click();
  const question = dialog.getByRole('region', { name: 'Host key' });
  await expect(question).toContainText(server.hostKey);
  expect(server.tried).toEqual([]);
  await inspect(page, 'destinations-host-key');
  await question.getByRole('button', { name: 'Trust this host key' }).click();
  await expect(dialog).toHaveCount(0);
  const card = cardOf(page);
  await card.getByRole('button', { name: 'Send now' }).click();
  await expect(card.getByText('Up to date')).toBeVisible();

  const pinned = server.hostKey;
  server.changeHostKey();
  server.breakConnections();
  await card.getByRole('button', { name: 'Test', exact: true }).click();
  const tested = page.getByRole('dialog', { name: `Test of “${nas}”` });
  await expect(tested).toContainText(server.hostKey);
  await expect(tested).toContainText(pinned);
  await expectAccessible(page);
  await picture(page, 'destinations-host-key-changed');
});

test('a place that another server took says so until it is taken back', async ({ page }) => {
  await makeBackup(page, unique('For two servers'));
  await add(page);
  await takeAsAnother(page, folder);
  await sendNow(page);
  const card = cardOf(page);
  await expect(card.getByText('Taken over', { exact: true })).toBeVisible();
  await expect(card).toContainText('Another server uses this place now');
  await expect(card.getByRole('button', { name: 'Send now' })).toHaveCount(0);
  await inspect(page, 'destinations-lost');
  await page.goto('/backup');
  await expect(page.getByText(`Another server uses “${nas}”`)).toBeVisible();
  await page.goto('/settings/destinations');
  await card.getByRole('button', { name: 'Take over' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Take over' }).click();
  await card.getByRole('button', { name: 'Send now' }).click();
  await expect(card.getByText('Up to date')).toBeVisible();
});

test('a destination whose newest backup is too old is overdue', async ({ page }) => {
  await makeBackup(page, unique('Never arrives'));
  await plantCopy(page, folder, { name: 'Of last month', createdAt: daysAgo(30) });
  // On Sundays alone, and slower than anybody waits.
  await add(page, { sendDays: [7], sendTime: '04:00', bytesPerSecond: '1000' });
  await sendNow(page);
  const card = cardOf(page);
  await expect(card.getByText('Overdue', { exact: true })).toBeVisible();
  await expect(card).toContainText('The newest backup there is more than 8 days old');
  await expect(card).toContainText('Of last month');
  const work = page.getByRole('region', { name: 'Sending a backup to a destination' });
  await expect(work).toContainText(nas);
  await work.getByRole('button', { name: 'Cancel' }).click();
  await expect(work).toHaveCount(0);
  await inspect(page, 'destinations-overdue');
});

test('what is gone from a destination, and what cannot be read there, is told', async ({
  page,
}) => {
  await makeBackup(page, unique('Arrives'));
  await plantCopy(page, folder, { name: 'With a hole', createdAt: daysAgo(3), damaged: true });
  await plantUnreadable(folder);
  await add(page);
  await sendNow(page);
  const card = cardOf(page);
  await expect(card.getByText('Damaged', { exact: true })).toBeVisible();
  await expect(card).toContainText('1 backup there cannot be read');
  await expect(card).toContainText('manifests/');
  await inspect(page, 'destinations-damaged');
  await page.goto('/backup');
  await expect(page.getByText(`Some backups in “${nas}” cannot be read`)).toBeVisible();
  for (const locale of ['pt-BR', 'es']) {
    const other = await freshPage(page.context().browser() as never, {
      locale,
      storageState: administrator,
    });
    await other.goto('/settings/destinations');
    await expect(cardOf(other)).toBeVisible();
    await picture(other, `destinations-damaged-${locale}`);
    await other.context().close();
  }
});

test('copies are removed by retention or by a person, and kept again until they are gone', async ({
  page,
}) => {
  await makeBackup(page, unique('The newest'));
  const nights = ['Night one', 'Night two'];
  for (const [n, name] of nights.entries())
    await plantCopy(page, folder, { name, createdAt: daysAgo(9 - n), kind: 'AUTOMATIC' });
  await plantCopy(page, folder, { name: 'By hand', createdAt: daysAgo(5) });
  await writeFile(path.join(folder, 'note.txt'), 'not ours');
  // Sent to by hand alone: a night of this server would be the one that is kept.
  const inThreeDays = ((new Date().getUTCDay() + 2) % 7) + 1;
  const kept = { keepLast: 1, keepDaily: 0, keepWeekly: 0, keepMonthly: 0 };
  await add(page, { ...kept, sendDays: [inThreeDays], sendTime: '04:00' });
  await sendNow(page);
  await expect(cardOf(page).getByText('Up to date')).toBeVisible();
  await cardOf(page)
    .getByRole('button', { name: `More for ${nas}` })
    .click();
  await page.getByRole('menuitem', { name: 'Backups there' }).click();
  const copies = page.getByRole('dialog', { name: `Backups in “${nas}”` });
  const copy = (name: string) => copies.getByRole('listitem').filter({ hasText: name });
  await expect(copy('Night one')).toContainText('Removed soon');
  await expect(copy('Night two')).toContainText('Complete');
  await copies.getByRole('button', { name: 'More for By hand' }).click();
  await page.getByRole('menuitem', { name: 'Remove the copy' }).click();
  const asking = page.getByRole('alertdialog');
  await expect(asking).toContainText('no longer on this server');
  await picture(page, 'destinations-remove-copy');
  await asking.getByRole('button', { name: 'Remove the copy' }).click();
  await expect(copy('By hand')).toContainText('Removed after');
  await inspect(page, 'destinations-pruned');
  await copies.getByRole('button', { name: 'More for By hand' }).click();
  await page.getByRole('menuitem', { name: 'Keep the copy' }).click();
  await expect(copy('By hand')).toContainText('Complete');
});

test('days of its own and prices are set on the form', async ({ page }) => {
  await add(page);
  await page.goto('/settings/destinations');
  await cardOf(page)
    .getByRole('button', { name: `More for ${nas}` })
    .click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('More', { exact: true }).click();
  await dialog.getByLabel('Send the newest backup').selectOption('days');
  await dialog.getByRole('checkbox', { name: 'Wednesday' }).check();
  await dialog.getByLabel('At', { exact: true }).fill('03:15');
  await inspect(page, 'destinations-days');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(cardOf(page)).toContainText('Wed and Sun');
});
