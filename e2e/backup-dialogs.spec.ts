import { graphql, makeBackup } from './support/graphql.ts';
import { expectAccessible } from './support/look.ts';
import { unique } from './support/names.ts';
import { expect, test } from './support/test.ts';

test('a name without a visible character is refused at its field, and nothing is begun', async ({
  page,
}) => {
  await page.goto('/backup');
  await page.getByRole('button', { name: 'Create backup' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('   ');
  await dialog.getByRole('button', { name: 'Create backup' }).click();
  await expect(dialog.getByText('Is required.')).toBeVisible();
  await expect(dialog.getByLabel('Name')).toHaveAttribute('aria-invalid', 'true');
  await dialog.getByLabel('Name').fill('x'.repeat(201));
  await dialog.getByRole('button', { name: 'Create backup' }).click();
  await expect(dialog.getByText('At most 200 characters.')).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
});

test('HTML, emoji and right-to-left names are shown as text, and two backups may share one', async ({
  page,
}) => {
  const names = ['<img src=x onerror=alert(1)>', '🌩️ antes da tempestade', 'نسخة قبل الصيانة'].map(
    unique,
  );
  await page.goto('/backup');
  for (const name of [...names, names[1] ?? '']) await makeBackup(page, name);
  for (const name of names)
    await expect(page.getByRole('table').getByText(name, { exact: true }).first()).toBeVisible();
  await expect(page.getByRole('table').getByText(names[1] ?? '', { exact: true })).toHaveCount(2);
});

test('everything about a backup is done with the keyboard alone', async ({ page }) => {
  const name = unique('By keyboard');
  await page.goto('/backup');
  await page.getByRole('button', { name: 'Create backup' }).first().focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog').getByLabel('Name')).toBeFocused();
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
  const row = page.getByRole('row', { name: new RegExp(`^${name}`) });
  await expect(row).toBeVisible();

  const trash = row.getByRole('button', { name: `Delete ${name}` });
  await trash.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('alertdialog')).toHaveCount(0);
  await expect(trash).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(row).toHaveCount(0);
});

test('a backup is renamed and pinned, and one that is pinned is deleted only by who says so', async ({
  page,
}) => {
  const [old, name] = [unique('Old name'), unique('New name')];
  await page.goto('/backup');
  const id = await makeBackup(page, old);
  await page.getByRole('button', { name: `More for ${old}` }).click();
  await page.getByRole('menuitem', { name: 'Edit name and comments' }).click();
  const edit = page.getByRole('dialog');
  await edit.getByLabel('Name').fill(name);
  await edit.getByLabel('Pinned').check();
  await edit.getByRole('button', { name: 'Save' }).click();
  const row = page.getByRole('row', { name: new RegExp(`^${name}`) });
  await expect(row.getByRole('img', { name: 'Pinned' })).toBeVisible();

  await row.getByRole('button', { name: `More for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Unpin' }).click();
  await expect(row.getByRole('img', { name: 'Pinned' })).toHaveCount(0);

  // Somebody pins it while the question is open: who answers it did not know.
  await row.getByRole('button', { name: `Delete ${name}` }).click();
  const question = page.getByRole('alertdialog');
  await graphql(
    page,
    'mutation ($id: ID!) { updateBackup(id: $id, input: { pinned: true }) { backup { id } } }',
    { id },
  );
  await question.getByRole('button', { name: 'Delete backup' }).click();
  await expect(
    question.getByRole('alert').filter({ hasText: /The backup “.*” is pinned\./s }),
  ).toBeVisible();
  await question.getByRole('button', { name: 'Cancel' }).click();
  await expect(row.getByRole('img', { name: 'Pinned' })).toBeVisible();

  await row.getByRole('button', { name: `Delete ${name}` }).click();
  await expect(question).toContainText('This backup is pinned');
  await question.getByRole('button', { name: 'Cancel' }).click();
  // The button has the focus again, but nobody asked what it is called.
  await expect(row.getByRole('button', { name: `Delete ${name}` })).toBeFocused();
  await expect(page.getByRole('tooltip')).toHaveCount(0);
  await row.getByRole('button', { name: `Delete ${name}` }).click();
  await question.getByRole('button', { name: 'Delete all the same' }).click();
  await expect(row).toHaveCount(0);
});

test('a backup is tested on demand, and its row says so', async ({ page }) => {
  const name = unique('To be tested');
  await page.goto('/backup');
  await makeBackup(page, name);
  await page.getByRole('button', { name: `More for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Test restore' }).click();
  const toast = page.getByRole('listitem').filter({ hasText: 'Restore tested' });
  await expect(toast).toContainText(name, { timeout: 60_000 });
  const row = page.getByRole('row', { name: new RegExp(`^${name}`) });
  await expect(row.getByRole('img', { name: /^Restore tested on / })).toBeVisible();
});
