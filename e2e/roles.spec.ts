import { ensureUser, makeBackup } from './support/graphql.ts';
import { picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { administrator, freshPage, manager, signIn, technician } from './support/people.ts';
import { expect, test } from './support/test.ts';

let backup = { name: '', id: '' };

test.beforeAll(async ({ browser }) => {
  const page = await browser.newPage();
  await ensureUser(page, manager);
  await ensureUser(page, technician);
  const name = unique('For the roles');
  backup = { name, id: await makeBackup(page, name) };
  await page.close();
});

const PASSWORD_NEEDED = {
  data: null,
  errors: [
    {
      message: 'This takes your password.',
      extensions: { code: 'FORBIDDEN', reason: 'passwordNeeded', params: {} },
    },
  ],
};

test('a manager makes and applies backups, and has no way to download, upload or delete one', async ({
  browser,
}) => {
  const page = await freshPage(browser);
  await signIn(page, manager.email, manager.password);
  await page.goto('/backup');
  const row = page.getByRole('row', { name: new RegExp(`^${backup.name}`) });
  await expect(row.getByRole('button', { name: `Restore ${backup.name}` })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Create backup' }).first()).toBeVisible();
  await expect(row.getByRole('button', { name: /^Delete/ })).toHaveCount(0);
  await expect(row.getByRole('button', { name: /^Download/ })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Upload backup' })).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'Recovery kit' })).toHaveCount(0);
  await expect(page.getByRole('link', { name: 'Settings' })).toHaveCount(0);
  const archive = `/api/backups/${backup.id}/archive`;
  expect((await page.request.get(archive)).status()).toBe(403);
  expect((await page.request.head(archive)).status()).toBe(403);
  const headers = { 'tus-resumable': '1.0.0', 'upload-length': '5' };
  expect((await page.request.post('/api/uploads', { headers })).status()).toBe(403);
  await page.goto('/settings/recovery-kit');
  await expect(page.getByText('Your role does not include this page')).toBeVisible();
  await page.context().close();
});

test('a field technician sees the network, not the backups, and the page says so', async ({
  browser,
}) => {
  const page = await freshPage(browser);
  await signIn(page, technician.email, technician.password);
  const menu = page.getByRole('navigation', { name: 'Pages' });
  await expect(menu.getByRole('link')).toHaveText(['Network', 'Posts']);
  await page.goto('/backup');
  await expect(page.getByText('Your role does not include this page')).toBeVisible();
  await expect(
    page.getByText('An administrator can change the role Field technician under Users.'),
  ).toBeVisible();
  await page.goto('/users');
  await expect(page.getByText('Your role does not include this page')).toBeVisible();
  await page.context().close();
});

test('a change of roles takes the password again where it was given long ago', async ({
  browser,
}) => {
  // A page on which nothing types the password by itself.
  const page = await freshPage(browser);
  await signIn(page, administrator.email, administrator.password);
  const again = page.getByRole('dialog', { name: 'Your password, please' });
  await page.goto('/users');
  await page.getByRole('tab', { name: 'Roles' }).click();
  await page.getByRole('button', { name: 'New role' }).click();
  const name = unique('Late');
  await page.getByRole('dialog').getByLabel('Name of the role').fill(name);
  // The server's answer after five minutes; all that follows is its own.
  await page.route('**/api/graphql', (route) => route.fulfill({ json: PASSWORD_NEEDED }), {
    times: 1,
  });
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await again.getByLabel('Password').fill('not the password');
  await again.getByRole('button', { name: 'Confirm' }).click();
  await expect(again.getByText('Wrong password.')).toBeVisible();
  await picture(page, 'password-again');
  await again.getByLabel('Password').fill(administrator.password);
  await again.getByRole('button', { name: 'Confirm' }).click();
  await expect(page.getByRole('row', { name: new RegExp(name) })).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.context().close();
});

test('a custom role allows exactly what is ticked', async ({ page }) => {
  await page.goto('/users');
  await page.getByRole('tab', { name: 'Roles' }).click();
  await page.getByRole('button', { name: 'New role' }).click();
  const dialog = page.getByRole('dialog');
  const name = unique('Auditor');
  await dialog.getByLabel('Name of the role').fill(name);
  await dialog.getByLabel('View the network').check();
  await dialog.getByLabel('View the activity log').check();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('row', { name: new RegExp(name) })).toContainText('2 of 15 actions');
  await page.getByRole('button', { name: `Delete ${name}` }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('row', { name: new RegExp(name) })).toHaveCount(0);
});
