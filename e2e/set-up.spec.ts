import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { picture } from './support/look.ts';
import { administrator, freshPage } from './support/people.ts';
import { expect, test } from './support/test.ts';

const statePath = new URL('../test-results/state/administrator.json', import.meta.url).pathname;
const setUpUrl = process.env.SETUP_URL;

/** Returns whether the page has shown such an element since, even briefly. */
async function noteSightOf(page: Page, selector: string): Promise<() => Promise<boolean>> {
  const sight = await page.evaluateHandle((wanted) => {
    const noted = { seen: false };
    new MutationObserver(() => {
      noted.seen ||= document.querySelector(wanted) !== null;
    }).observe(document.body, { childList: true, subtree: true, attributes: true });
    return noted;
  }, selector);
  return () => sight.evaluate(({ seen }) => seen);
}

test('the one-time link makes the first administrator, and the empty network offers a sample', async ({
  page,
}) => {
  await page.goto(setUpUrl ?? '/set-up');
  await page.getByLabel('Name').fill(administrator.name);
  await page.getByLabel('E-mail').fill(administrator.email);
  await page.getByLabel('Password').fill('too short');
  await page.getByRole('button', { name: 'Create the administrator' }).click();
  await expect(page.getByText('At least 10 characters.')).toBeVisible();
  await picture(page, 'set-up');
  await page.getByLabel('Password').fill(administrator.password);
  await page.getByRole('button', { name: 'Create the administrator' }).click();

  await expect(page.getByRole('heading', { name: 'Recovery kit', level: 1 })).toBeVisible();
  await expect(page.getByLabel('Your password')).toBeVisible();
  await page.getByRole('link', { name: 'Later' }).click();
  await expect(page.getByRole('heading', { name: 'Your network is empty' })).toBeVisible();
  await picture(page, 'empty-network');
  const seen = await noteSightOf(
    page,
    '[role="progressbar"][aria-label="Loading the sample network"]',
  );
  await page.getByRole('button', { name: 'Load a sample network' }).click();
  await expect(page.getByRole('table', { name: 'Projects' }).getByRole('row')).toHaveCount(4);
  await expect(page.getByRole('link', { name: /^Poles 3\d\d$/ })).toBeVisible();
  expect(await seen()).toBe(true);
  await page.context().storageState({ path: statePath });
});

test('the link works once', async ({ browser }) => {
  const page = await freshPage(browser);
  await page.goto(setUpUrl ?? '/set-up');
  await page.getByLabel('Name').fill('Mallory');
  await page.getByLabel('E-mail').fill('mallory@example.net');
  await page.getByLabel('Password').fill('a very long password');
  await page.getByRole('button', { name: 'Create the administrator' }).click();
  await expect(
    page.getByRole('alert').filter({ hasText: 'This set-up link was used already' }),
  ).toBeVisible();
  await page.context().close();
});

test('the page says why there is nothing to fill in', async ({ browser, page }) => {
  const stranger = await freshPage(browser);
  await stranger.goto('/set-up');
  await expect(stranger.getByRole('heading', { name: 'This link is incomplete' })).toBeVisible();
  await expect(stranger.getByRole('link', { name: 'Sign in' })).toHaveAttribute('href', '/sign-in');
  await stranger.context().close();

  await page.context().addCookies((await storedState()).cookies);
  await page.goto(setUpUrl ?? '/set-up');
  await expect(page.getByRole('heading', { name: 'This server is set up' })).toBeVisible();
  await expect(page.getByRole('textbox')).toHaveCount(0);
});

async function storedState() {
  return JSON.parse(await readFile(statePath, 'utf8'));
}
