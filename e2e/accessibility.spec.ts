import { makeBackup } from './support/graphql.ts';
import { expectAccessible, expectAccessibleInBothLooks, inspect, picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { freshPage } from './support/people.ts';
import { chooseEverything } from './support/restore.ts';
import { expect, test } from './support/test.ts';

const pages = [
  ['projects', '/network/projects', 'New project'],
  ['poles', '/network/poles', 'New pole'],
  ['boxes', '/network/boxes', 'New box'],
  ['cables', '/network/cables', 'New cable'],
  ['clients', '/network/clients', 'New client'],
  ['posts', '/posts', 'New post'],
  ['users', '/users', 'New user'],
  ['backup', '/backup', 'Create backup'],
  ['nights', '/backup/nights', null],
  ['brought-back', '/backup/brought-back', null],
  ['schedule', '/backup/schedule', null],
  ['activity', '/activity', null],
  ['profile', '/profile', null],
  ['recovery-kit', '/settings/recovery-kit', null],
  ['notifications', '/settings/notifications', 'Add webhook'],
  ['api-keys', '/settings/api-keys', 'Create key'],
] as const;

// axe reads every cell of long tables, several times on each page.
test.setTimeout(600_000);

let backup = '';

test.beforeAll(async ({ browser }) => {
  backup = unique('A backup to look at');
  const page = await browser.newPage();
  await makeBackup(page, backup);
  await page.close();
});

for (const [name, path, button] of pages)
  test(`${name}: the page and its dialog are accessible and fit`, async ({ page }) => {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.locator('[aria-busy="true"], main [role="progressbar"]')).toHaveCount(0);
    await inspect(page, name);
    if (!button) return;
    await page.getByRole('button', { name: button }).first().click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await inspect(page, `${name}-dialog`);
  });

test('sign-in is accessible and fits', async ({ browser }) => {
  const page = await freshPage(browser);
  await page.goto('/sign-in');
  await inspect(page, 'sign-in');
  await page.context().close();
});

test('the menu is a drawer on a small screen: it opens, holds the focus and leads on', async ({
  page,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/network/poles');
  const open = page.getByRole('button', { name: 'Open the menu' });
  await open.click();
  await picture(page, 'drawer-390');
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(open).toBeFocused();
  await open.click();
  await page.getByRole('dialog').getByRole('link', { name: 'Backup' }).click();
  await expect(page.getByRole('heading', { name: 'Backup', level: 1 })).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('the switch makes the pages dark, and they stay so', async ({ page }) => {
  const canvas = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.goto('/backup');
  const root = page.locator('html');
  await expect(root).not.toHaveAttribute('data-theme');
  const light = await canvas();
  await page.getByRole('radio', { name: 'Dark' }).click();
  await expect(root).toHaveAttribute('data-theme', 'dark');
  await expect.poll(canvas).not.toBe(light);
  await page.reload();
  await expect(root).toHaveAttribute('data-theme', 'dark');
  await expect.poll(canvas).not.toBe(light);
  await page.getByRole('radio', { name: 'Same as system' }).click();
  await expect(root).not.toHaveAttribute('data-theme');
  await page.reload();
  await expect.poll(canvas).toBe(light);
});

test('the upload dialog and the details of a backup are accessible and fit', async ({ page }) => {
  await page.goto('/backup');
  await page.getByRole('button', { name: 'Upload backup' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await inspect(page, 'upload-dialog');
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.getByRole('button', { name: `More for ${backup}` }).click();
  await page.getByRole('menuitem', { name: 'Details' }).click();
  await expect(page.getByRole('dialog').getByText('SHA-256 of the download')).toBeVisible();
  await inspect(page, 'details-dialog');
});

test('the restore dialog is accessible in both looks', async ({ page }) => {
  await page.goto('/backup');
  await page.getByRole('button', { name: `Restore ${backup}` }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText(/^Restoring “|restoring would change nothing/)).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Discard' })).toBeVisible();
  await picture(page, 'restore-choose');
  await expectAccessible(page);
  await chooseEverything(dialog);
  await expectAccessibleInBothLooks(page, (look) => picture(page, `restore-${look}`));
  await page.setViewportSize({ width: 390, height: 844 });
  await picture(page, 'restore-dialog-390');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Discard' }).click();
  await expect(dialog).toHaveCount(0);
});
