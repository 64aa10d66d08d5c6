import { readFile, rename, rm } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { checkKit, makeNas, removeDestinations } from './support/destinations.ts';
import { graphql, makeBackup } from './support/graphql.ts';
import { expectAccessible, inspect, picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { freshPage } from './support/people.ts';
import { expect, test } from './support/test.ts';

const administrator = new URL('../test-results/state/administrator.json', import.meta.url).pathname;
const nas = 'NAS in the office';
let folder = '';

test.beforeEach(async ({ page }) => {
  await removeDestinations(page);
  folder = await makeNas();
});

test.afterEach(async ({ page }) => {
  await removeDestinations(page);
  await rm(folder, { recursive: true, force: true });
});

async function addNas(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Add destination' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(nas);
  await dialog.getByRole('textbox', { name: 'Folder' }).fill(folder);
  await dialog.getByRole('button', { name: 'Add destination' }).click();
  await expect(dialog).toHaveCount(0);
}

const cardOf = (page: Page) => page.getByRole('region', { name: nas });

test('a folder is added, tested and receives the newest backup; the list shows where it is', async ({
  page,
}) => {
  await checkKit(page);
  const backup = unique('Goes to the NAS');
  await makeBackup(page, backup);
  await page.goto('/backup');
  const reminder = page.getByRole('region', { name: 'Destinations' });
  await expect(reminder).toContainText('Backups lie on this machine only.');
  await reminder.getByRole('link', { name: 'Add destination' }).click();
  await expect(
    page.getByRole('heading', { name: 'Backups lie on this machine only' }),
  ).toBeVisible();
  await inspect(page, 'destinations-none');

  await page.getByRole('button', { name: 'Add destination' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(nas);
  await dialog.getByRole('textbox', { name: 'Folder' }).fill('mnt/nas');
  await dialog.getByRole('button', { name: 'Add destination' }).click();
  await expect(dialog.getByText('Must be a full path, such as /mnt/nas/fiberkeep.')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Folder' }).fill(folder);
  await dialog.getByRole('button', { name: 'Add destination' }).click();

  const card = cardOf(page);
  await card.getByRole('button', { name: 'Test', exact: true }).click();
  const tested = page.getByRole('dialog', { name: `Test of “${nas}”` });
  await expect(tested.getByText('Backups can be sent there and read back.')).toBeVisible();
  await expect(tested.getByText('Write · works')).toBeVisible();
  await expectAccessible(page);
  await tested.getByRole('button', { name: 'Close' }).last().click();

  await card.getByRole('button', { name: 'Send now' }).click();
  await expect(card).toContainText(backup);
  await expect(card.getByText('Up to date')).toBeVisible();
  await inspect(page, 'destinations');

  await page.goto('/backup');
  const row = page.getByRole('row', { name: new RegExp(backup) });
  await expect(row.getByRole('list', { name: 'Where it is' })).toContainText(nas);
  await page.getByRole('button', { name: `More for ${backup}` }).click();
  await expect(page.getByRole('menuitem', { name: `Send to ${nas}` })).toHaveCount(0);
  await page.getByRole('menuitem', { name: 'Details' }).click();
  await expect(page.getByRole('dialog').getByText(/there since/)).toContainText('there since');
  await expectAccessible(page);
});

test('a backup is sent from its menu, and brought back once it is gone here', async ({ page }) => {
  await checkKit(page);
  const older = unique('Goes later');
  const id = await makeBackup(page, older);
  await makeBackup(page, unique('The newest'));
  await page.goto('/settings/destinations');
  await addNas(page);
  await page.goto('/backup');
  await page.getByRole('button', { name: `More for ${older}` }).click();
  await page.getByRole('menuitem', { name: `Send to ${nas}` }).click();
  const row = page.getByRole('row', { name: new RegExp(older) });
  await expect(row.getByRole('list', { name: 'Where it is' })).toContainText(nas);

  await graphql(page, 'mutation ($id: ID!) { deleteBackup(id: $id) { id } }', { id });
  await page.goto('/settings/destinations');
  await cardOf(page)
    .getByRole('button', { name: `More for ${nas}` })
    .click();
  await page.getByRole('menuitem', { name: 'Backups there' }).click();
  const copies = page.getByRole('dialog', { name: `Backups in “${nas}”` });
  const copy = copies.getByRole('listitem').filter({ hasText: older });
  await expect(copy).toContainText('Only there');
  await expectAccessible(page);
  await copy.getByRole('button', { name: 'Bring back' }).click();
  await expect(copy.getByText('Only there')).toHaveCount(0);
  await page.goto('/backup');
  await expect(row).toBeVisible();
});

test('a folder that is away fails with its reason, is good once it is back, and can be removed', async ({
  page,
}) => {
  await checkKit(page);
  await makeBackup(page, unique('Comes and goes'));
  await page.goto('/settings/destinations');
  await addNas(page);
  const card = cardOf(page);
  await card.getByRole('button', { name: 'Send now' }).click();
  await expect(card.getByText('Up to date')).toBeVisible();

  await rename(folder, `${folder}-away`);
  await card.getByRole('button', { name: 'Send now' }).click();
  await expect(card.getByText('Failing', { exact: true })).toBeVisible();
  await expect(card).toContainText(`${folder} does not exist.`);
  await expect(card).toContainText('Next attempt');
  await inspect(page, 'destinations-failing');
  await rename(`${folder}-away`, folder);
  await card.getByRole('button', { name: 'Send now' }).click();
  await expect(card.getByText('Up to date')).toBeVisible();

  const more = card.getByRole('button', { name: `More for ${nas}` });
  await more.click();
  await page.getByRole('menuitem', { name: 'Turn off' }).click();
  await expect(card.getByText('Off', { exact: true })).toBeVisible();
  await expect(card.getByRole('button', { name: 'Send now' })).toHaveCount(0);
  await more.click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  const asking = page.getByRole('alertdialog');
  await expect(asking).toContainText('The backups that lie there stay');
  await asking.getByRole('button', { name: 'Remove' }).click();
  await expect(card).toHaveCount(0);
});

test('the forms of all kinds are accessible', async ({ page }) => {
  await page.goto('/settings/destinations');
  await page.getByRole('button', { name: 'Add destination' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('More', { exact: true }).click();
  for (const kind of ['Folder', 'S3', 'SFTP']) {
    await dialog.getByRole('radio', { name: kind }).click();
    await expectAccessible(page);
  }
  await inspect(page, 'destinations-sftp');
});

for (const locale of ['pt-BR', 'es'])
  test(`nothing is left in English for ${locale}`, async ({ page: first, browser }) => {
    await checkKit(first);
    await first.goto('/settings/destinations');
    await addNas(first);
    const page = await freshPage(browser, { locale, storageState: administrator });
    await page.goto('/settings/destinations');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Destinos');
    await expect(cardOf(page)).toBeVisible();
    const untranslated = await englishOnly(locale);
    expect(untranslated.size).toBeGreaterThan(50);
    const english = async (selector: string) =>
      (await textsOf(page, selector)).filter((text) => untranslated.has(text));
    expect(await english('main')).toEqual([]);
    await page.getByRole('button', { name: /destino$/ }).click();
    await page.getByRole('radio', { name: 'SFTP' }).click();
    await page.getByRole('dialog').locator('summary').click();
    await picture(page, `destinations-${locale}`);
    expect(await english('[role=dialog]')).toEqual([]);
    await page.context().close();
  });

/** The texts of elements without others inside. */
function textsOf(page: Page, selector: string): Promise<string[]> {
  return page
    .locator(`${selector} *`)
    .evaluateAll((all) =>
      all.filter((one) => one.childElementCount === 0).map((one) => one.textContent ?? ''),
    );
}

/** The texts of the English catalogue that are others in that language. */
async function englishOnly(locale: string): Promise<Set<string>> {
  const textsIn = async (name: string) => {
    const file = new URL(`../app/messages/${name}.json`, import.meta.url);
    return leaves(JSON.parse(await readFile(file, 'utf8')).destinations);
  };
  const theirs = new Set(await textsIn(locale));
  return new Set((await textsIn('en')).filter((text) => !theirs.has(text)));
}

function leaves(node: object | string): string[] {
  return typeof node === 'string' ? [node] : Object.values(node).flatMap(leaves);
}
