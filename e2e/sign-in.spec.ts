import { administrator, freshPage, signIn } from './support/people.ts';
import { expect, test } from './support/test.ts';

test('a wrong password is refused in words, and the right one leads on to the page asked for', async ({
  browser,
}) => {
  const page = await freshPage(browser);
  await page.goto('/backup');
  await expect(page).toHaveURL(/\/sign-in\?next=%2Fbackup$/);
  await page.getByLabel('E-mail').fill(administrator.email);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(
    page.getByRole('alert').filter({ hasText: 'Wrong e-mail or password.' }),
  ).toBeVisible();
  await page.getByLabel('Password').fill(administrator.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Backup', level: 1 })).toBeVisible();
  await page.context().close();
});

test('signing out ends the session', async ({ browser }) => {
  const page = await freshPage(browser);
  await signIn(page, administrator.email, administrator.password);
  await page.getByRole('button', { name: administrator.name }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL(/\/sign-in/);
  await page.goto('/backup');
  await expect(page).toHaveURL(/\/sign-in/);
  await page.context().close();
});
