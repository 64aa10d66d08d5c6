import type { Page } from '@playwright/test';
import { ensureUser, graphql } from './support/graphql.ts';
import { expectAccessible, expectNoSideScroll, picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { freshPage, PASSWORD, signIn } from './support/people.ts';
import { expect, test } from './support/test.ts';

const ADDRESS = 'Rua sem Rede, 7';

async function makeClient(page: Page, name: string): Promise<string> {
  const { createClient } = await graphql<{ createClient: { client: { id: string } } }>(
    page,
    'mutation ($input: CreateClientInput!) { createClient(input: $input) { client { id } } }',
    { input: { name, lat: -22.9, lng: -47.06, address: ADDRESS } },
  );
  return createClient.client.id;
}

test('a second tab follows what the first deletes', async ({ page, context }) => {
  const name = unique('Beside');
  const id = await makeClient(page, name);
  const list = await context.newPage();
  await list.goto(`/network/clients?q=${encodeURIComponent(name)}`);
  await expect(list.getByRole('rowheader', { name })).toBeVisible();
  await page.goto(`/network/clients/${id}`);
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await graphql(page, 'mutation ($id: ID!) { deleteClient(id: $id) { id } }', { id });
  await expect(list.getByRole('rowheader', { name })).toBeHidden();
  await expect(page.getByRole('heading', { level: 1, name })).toBeHidden();
});

test('a server that does not answer is said, and so is its return', async ({ page }) => {
  await page.route('**/api/graphql/stream', (route) => route.abort('connectionrefused'));
  await page.goto('/network/clients');
  const banner = page.getByText('The server does not answer.');
  await expect(banner).toBeVisible();
  await picture(page, 'server-away');
  await expectAccessible(page);
  await page.unroute('**/api/graphql/stream');
  await expect(banner).toBeHidden({ timeout: 30_000 });
});

test('a phone reads what it saw without network, and forgets it at sign-out', async ({
  page: administrators,
  browser,
}) => {
  const name = unique('Offline');
  const path = `/network/clients/${await makeClient(administrators, name)}`;
  const email = 'offline@example.net';
  await ensureUser(administrators, {
    ...{ name: 'Otto Offline', email, password: PASSWORD, role: 'Network technician' },
  });
  const page = await freshPage(browser, {
    ...{ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
    serviceWorkers: 'allow',
  });
  await signIn(page, email, PASSWORD);
  await page.goto(path);
  await expect(page.getByText(ADDRESS)).toBeVisible();
  await expect.poll(() => keptPaths(page)).toContain(path);
  // The worker watches the page from its second visit on.
  await page.reload();
  await expect(page.getByText(ADDRESS)).toBeVisible();
  await expect
    .poll(() => keptPaths(page))
    .toContainEqual(expect.stringMatching(/^.offline.answers/));
  await page.context().setOffline(true);
  await page.reload();
  await expect(page.getByText(ADDRESS)).toBeVisible();
  const banner = page.getByRole('status').filter({ hasText: 'The server does not answer.' });
  await expect(banner).toBeVisible();
  await picture(page, 'no-network-element', true);
  await page.goto('/backup');
  await expect(page.getByRole('heading', { name: 'The server does not answer' })).toBeVisible();
  await expectNoSideScroll(page);
  await picture(page, 'no-network');
  await page.getByRole('link', { name }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await page.context().setOffline(false);
  await page.goto('/network/clients');
  await page.getByRole('button', { name: 'Open the menu' }).click();
  await page.getByRole('button', { name: /Otto Offline/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL(/sign-in/);
  await expect.poll(() => keptPaths(page)).toEqual([]);
  await page.context().close();
});

/** What the service worker keeps of what the person saw. */
function keptPaths(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const cache = await caches.open('fiberkeep-seen');
    return (await cache.keys()).map(({ url }) => new URL(url).pathname);
  });
}
