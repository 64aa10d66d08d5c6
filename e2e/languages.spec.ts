import { applyTo, ensureUser, makeBackup, undoAll } from './support/graphql.ts';
import { picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { freshPage, PASSWORD, signIn } from './support/people.ts';
import { expect, test } from './support/test.ts';

for (const [locale, words] of [
  ['pt-BR', 'Entrar'],
  ['es-AR', 'Iniciar sesión'],
  ['fr-FR', 'Sign in'],
] as const)
  test(`a browser that asks for ${locale} is greeted with “${words}”`, async ({ browser }) => {
    const page = await freshPage(browser, { locale });
    await page.goto('/sign-in');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(words);
    await page.context().close();
  });

test('somebody who has not signed in chooses a language, and sees what they type', async ({
  browser,
}) => {
  const page = await freshPage(browser);
  await page.goto('/sign-in');
  await page.getByLabel('Language').selectOption('Português (Brasil)');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Entrar');
  const password = page.getByLabel('Senha');
  await password.fill('uma senha longa');
  await expect(password).toHaveAttribute('type', 'password');
  await page.getByRole('button', { name: 'Mostrar o que é digitado' }).click();
  await expect(password).toHaveAttribute('type', 'text');
  await picture(page, 'sign-in-pt-BR');
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Entrar');
  await page.context().close();
});

test('the language of the profile wins over the browser’s, also in dates and sizes', async ({
  page: administrators,
  browser,
}) => {
  // A person of this test's own, so that a leftover language affects no other test.
  const name = unique('Lia Prado');
  const email = `${name.replaceAll(' ', '.')}@example.net`;
  const person = { name, email, password: PASSWORD, role: 'Administrator' };
  await ensureUser(administrators, person);
  const page = await freshPage(browser);
  await signIn(page, email, PASSWORD);
  await page.goto('/profile');
  await page.getByLabel('Language').selectOption('Português (Brasil)');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { name: 'Perfil', level: 1 })).toBeVisible();
  await page.goto('/backup');
  await expect(page.locator('html')).toHaveAttribute('lang', 'pt-BR');
  await expect(page.getByRole('button', { name: 'Criar backup' }).first()).toBeVisible();
  await page.goto('/activity');
  await expect(page.getByText(`${name} alterou o próprio perfil`)).toBeVisible();
  await picture(page, 'activity-pt-BR');
  await page.goto('/profile');
  await page.getByLabel('Idioma').selectOption('Idioma do navegador');
  await page.getByRole('button', { name: 'Salvar' }).click();
  await expect(page.getByRole('heading', { name: 'Profile', level: 1 })).toBeVisible();
  await page.context().close();
});

test.describe('beside a restore', () => {
  test.beforeEach(({ page }) => undoAll(page));
  test.afterEach(({ page }) => undoAll(page));

  test('names given by the server are translated; names that people typed stay', async ({
    page,
    browser,
  }) => {
    const name = unique('Before noon');
    const id = await makeBackup(page, name);
    await applyTo(page, id, name);
    const email = 'joana@example.net';
    await ensureUser(page, { name: 'Joana Lima', email, password: PASSWORD, role: 'Manager' });
    const portuguese = await freshPage(browser, { locale: 'pt-BR' });
    await portuguese.goto('/sign-in');
    await portuguese.getByLabel('E-mail').fill(email);
    await portuguese.getByLabel('Senha').fill(PASSWORD);
    await portuguese.getByRole('button', { name: 'Entrar' }).click();
    await portuguese.waitForURL((url) => url.pathname !== '/sign-in');
    await portuguese.goto('/backup');
    await expect(
      portuguese.getByRole('row', { name: new RegExp(`^Antes de restaurar: ${name}`) }).first(),
    ).toBeVisible();
    await expect(portuguese.getByRole('row', { name: new RegExp(`^${name}`) })).toBeVisible();
    await expect(portuguese.getByRole('table').getByText(/^Before restoring/)).toHaveCount(0);
    await portuguese.context().close();
  });
});
