import { readFile } from 'node:fs/promises';
import { expectAccessible, picture } from './support/look.ts';
import { expect, test } from './support/test.ts';

test('a filtered list is downloaded as a table of what it shows', async ({ page }) => {
  await page.goto('/network/boxes?q=cto&status=PLANNED');
  const shown = page.getByRole('link', { name: /^CTO/ });
  await expect(shown.first()).toBeVisible();
  const names = await shown.allTextContents();
  await page.getByRole('button', { name: 'Export' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export the network' });
  await expect(dialog.getByRole('radio', { name: /^Only this view/ })).toBeChecked();
  await dialog.getByRole('radio', { name: /^CSV/ }).click();
  await expectAccessible(page);
  await picture(page, 'export');
  const coming = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Download' }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toMatch(/^box-\d{4}-\d\d-\d\d\.csv$/);
  const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
  expect(lines[0]).toMatch(/^\uFEFFId,External id,Name,/);
  for (const line of lines.slice(1)) expect(line).toMatch(/,[^,]*CTO[^,]*,.*,Planned,/);
  for (const name of names) expect(lines.some((line) => line.includes(`,${name},`))).toBe(true);
  await expect(dialog).toHaveCount(0);
});
