import type { Browser, Page } from '@playwright/test';
import { gotoWhenHydrated } from './hydrated.ts';

export const administrator = {
  name: 'Ana Souza',
  email: 'ana@example.net',
  password: 'luz na ponta da fibra',
};

export const PASSWORD = 'another long password';

export const manager = {
  name: 'Marcos Lima',
  email: 'marcos@example.net',
  password: PASSWORD,
  role: 'Manager',
};
export const technician = {
  name: 'Tânia Reis',
  email: 'tania@example.net',
  password: PASSWORD,
  role: 'Field technician',
};

/** Signs in on a page without a session. */
export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => url.pathname !== '/sign-in');
}

/** Opens a page in a separate browser, without a session. */
export async function freshPage(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Page> {
  const context = await browser.newContext({
    storageState: { cookies: [], origins: [] },
    locale: 'en-US',
    ...options,
  });
  context.on('page', gotoWhenHydrated);
  return context.newPage();
}
