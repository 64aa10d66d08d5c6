import { picture } from './support/look.ts';
import { freshPage } from './support/people.ts';
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

test('the language of the profile wins over the browser’s, also in dates and sizes', async ({
  page,
}) => {
  await page.goto('/profile');
  await page.getByLabel('Language').selectOption('Português (Brasil)');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { name: 'Perfil', level: 1 })).toBeVisible();
  await page.goto('/backup');
  await expect(page.locator('html')).toHaveAttribute('lang', 'pt-BR');
  await expect(page.getByRole('button', { name: 'Criar backup' }).first()).toBeVisible();
  await page.goto('/activity');
  await expect(page.getByText('Ana Souza mudou o próprio perfil').first()).toBeVisible();
  await picture(page, 'activity-pt-BR');
  await page.goto('/profile');
  await page.getByLabel('Idioma').selectOption('Como o navegador pede');
  await page.getByRole('button', { name: 'Salvar' }).click();
  await expect(page.getByRole('heading', { name: 'Profile', level: 1 })).toBeVisible();
});
