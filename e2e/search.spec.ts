import { ensureUser, graphql } from './support/graphql.ts';
import { inspect, picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { freshPage, PASSWORD } from './support/people.ts';
import { expect, test } from './support/test.ts';

test('the search is opened, used and left by keys alone', async ({ page }) => {
  const name = unique('S-pole');
  await graphql(
    page,
    'mutation ($input: CreatePoleInput!) { createPole(input: $input) { pole { id } } }',
    { input: { name, lat: -22.9, lng: -47.06, address: 'Rua das Acácias, 77' } },
  );
  await page.goto('/network/poles');
  const own = page.getByRole('searchbox', { name: 'Search by name or address' });
  await own.focus();
  await page.keyboard.type('a/b');
  const field = page.getByRole('combobox', { name: 'Search everything' });
  await expect(own).toHaveValue('a/b');
  await expect(field).toHaveCount(0);
  await page.keyboard.press('Control+k');
  await expect(field).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(own).toBeFocused();

  await page.getByRole('link', { name: 'Fiberkeep' }).first().focus();
  await page.keyboard.press('/');
  await expect(field).toBeFocused();
  await inspect(page, 'search-places');
  await page.keyboard.type(`acacias ${name.toUpperCase()}`);
  const found = page.getByRole('group', { name: 'Poles' }).getByRole('option');
  await expect(found).toHaveCount(1);
  await expect(found).toHaveAttribute('aria-selected', 'true');
  await inspect(page, 'search-found');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();

  await page.keyboard.press('/');
  await field.fill('new cable');
  await expect(page.getByRole('option').first()).toContainText('New cable');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'New cable' })).toBeVisible();
  await expect(page).toHaveURL(/\/network\/cables$/);
});

test('the search offers no page that the person may not see, and speaks their language', async ({
  page: administrators,
  browser,
}) => {
  const email = 'watcher@example.net';
  await ensureUser(administrators, {
    ...{ name: 'Vera Vigía', email, password: PASSWORD, role: 'Monitor' },
  });
  const page = await freshPage(browser, { locale: 'es-AR' });
  await graphql(
    page,
    'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { me { user { id } } } }',
    { email, password: PASSWORD },
  );
  await page.goto('/network/poles');
  await page.getByRole('button', { name: 'Buscar' }).click();
  await expect(page.getByRole('group', { name: 'Páginas' })).toBeVisible();
  await expect(page.getByRole('option', { name: 'Postes' })).toBeVisible();
  await expect(page.getByRole('option', { name: 'Usuarios' })).toHaveCount(0);
  await expect(page.getByRole('group', { name: 'Acciones' })).toHaveCount(0);
  await page.getByRole('combobox').fill('%_\\');
  await expect(page.getByText('Nada encontrado para “%_\\”')).toBeVisible();
  await picture(page, 'search-es');
  await page.context().close();
});
