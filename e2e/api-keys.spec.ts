import { ensureUser, graphql } from './support/graphql.ts';
import { expectAccessible, picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { freshPage, PASSWORD, signIn } from './support/people.ts';
import { expect, test } from './support/test.ts';

test('a key is made, shown once, used by a script, seen as used, and revoked at once', async ({
  page,
  playwright,
}) => {
  await page.goto('/settings');
  await page.getByRole('link', { name: 'API keys' }).click();
  await page.getByRole('button', { name: 'Create key' }).click();
  const form = page.getByRole('dialog');
  const name = unique('Nightly copy');
  await form.getByLabel('Name').fill(name);
  await expect(form.getByLabel('Download backups')).toBeChecked();
  await expect(form.getByLabel('Delete backups')).not.toBeChecked();
  await form.getByRole('button', { name: 'Create key' }).click();

  const made = page.getByRole('dialog', { name: `“${name}” was created` });
  // Reading a text gives no time to type the password again; this does.
  await expect(made).toBeVisible();
  const secret = (await made.getByText(/^fbk_/).textContent()) ?? '';
  expect(secret).toMatch(/^fbk_[\w-]{40,}$/);
  await expect(made.getByText(`Bearer ${secret}`).first()).toBeVisible();
  await expect(made.getByText(/\/api\/backups\/automatic\/latest$/)).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Back to the key' }).click();
  await made.getByRole('button', { name: 'I have copied it' }).click();

  const row = page.getByRole('row', { name: new RegExp(name) });
  await expect(row).toContainText(`…${secret.slice(-4)}`);
  await expect(row).toContainText('Not used yet');
  await expect(page.getByText(secret)).toHaveCount(0);

  const script = await playwright.request.newContext({ baseURL: new URL(page.url()).origin });
  const ask = () =>
    script.post('/api/graphql', {
      headers: { authorization: `Bearer ${secret}` },
      data: { query: '{ backups(first: 1) { totalCount } }' },
    });
  expect((await ask()).status()).toBe(200);
  await page.reload();
  await expect(row).toContainText('from 127.0.0.1');
  await picture(page, 'api-keys');

  await row.getByRole('button', { name: `Revoke ${name}` }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(row).toContainText('Revoked');
  await expect(row.getByRole('button', { name: `Revoke ${name}` })).toHaveCount(0);
  expect((await ask()).status()).toBe(401);
  await script.dispose();
});

test('only what the maker may do can be given to a key', async ({ page, browser }) => {
  const { roles } = await graphql<{ roles: { name: string }[] }>(page, '{ roles { name } }');
  if (!roles.some((role) => role.name === 'Integrator'))
    await graphql(
      page,
      'mutation ($input: RoleInput!) { createRole(input: $input) { role { id } } }',
      { input: { name: 'Integrator', actions: ['network.view', 'apikeys.manage'] } },
    );
  const email = 'integrator@example.net';
  await ensureUser(page, { name: 'Igor Chaves', email, password: PASSWORD, role: 'Integrator' });
  const other = await freshPage(browser);
  await signIn(other, email, PASSWORD);
  await other.goto('/settings');
  await expect(other).toHaveURL(/\/settings\/api-keys$/);
  await expect(other.getByRole('link', { name: 'Recovery kit' })).toHaveCount(0);
  await other.getByRole('button', { name: 'Create key' }).first().click();
  const form = other.getByRole('dialog');
  await expect(form.getByLabel('View the network')).toBeVisible();
  await expect(form.getByLabel('Download backups')).toHaveCount(0);
  await form.getByLabel('Name').fill('Reads the network');
  await form.getByRole('button', { name: 'Create key' }).click();
  await expect(form.getByText('Choose at least one.')).toBeVisible();
  await other.context().close();
});
