import { applyTo, makeBackup, undoAll } from './support/graphql.ts';
import { picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { expect, test } from './support/test.ts';

test.beforeEach(({ page }) => undoAll(page));
test.afterEach(({ page }) => undoAll(page));

test('a page open during another person’s restore says so, and its writes are refused', async ({
  page,
  browser,
}) => {
  const name = unique('Somebody else’s');
  const project = unique('Written into the wrong network');
  await page.goto('/network/projects');
  const backupId = await makeBackup(page, name);
  await page.getByRole('button', { name: 'New project' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(project);

  const other = await browser.newPage();
  await applyTo(other, backupId, name);
  await expect(page.getByText('The network was restored meanwhile.')).toBeAttached();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(dialog.getByRole('alert').filter({ hasText: 'this was not saved' })).toBeVisible();
  await picture(page, 'restored-meanwhile');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Reload' }).click();
  await expect(page.getByText('The network was restored meanwhile.')).toHaveCount(0);
  await expect(page.getByText(project)).toHaveCount(0);
  await other.close();
});
