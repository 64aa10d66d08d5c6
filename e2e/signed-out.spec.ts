import type { Page } from '@playwright/test';
import { graphql } from './support/graphql.ts';
import { administrator, freshPage, signIn } from './support/people.ts';
import { expect, test } from './support/test.ts';

test('an open page leads to the sign-in page when its session is signed out in another tab', async ({
  browser,
}) => {
  const lying = await freshPage(browser);
  await signIn(lying, administrator.email, administrator.password);
  await lying.goto('/network/poles');
  await expect(lying.getByRole('heading', { name: 'Network' })).toBeVisible();
  const other = await lying.context().newPage();
  await other.goto('/profile');
  await other.getByRole('button', { name: administrator.name }).click();
  await other.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(other).toHaveURL(/\/sign-in$/);
  // A background tab follows no stream; it rereads when it comes to the front.
  await lying.bringToFront();
  await expect(lying).toHaveURL(/\/sign-in\?next=%2Fnetwork%2Fpoles$/);
  await lying.context().close();
});

test('ending a session elsewhere leads to the sign-in page, and back to the same place', async ({
  page,
  browser,
}) => {
  const ended = await freshPage(browser);
  await signIn(ended, administrator.email, administrator.password);
  const revoke = await revokeCurrent(page, ended);
  await ended.goto('/posts');
  await expect(ended.getByRole('heading', { name: 'Posts' })).toBeVisible();
  await revoke();
  await expect(ended).toHaveURL(/\/sign-in\?next=%2Fposts$/);
  await ended.getByLabel('E-mail').fill(administrator.email);
  await ended.getByLabel('Password').fill(administrator.password);
  await ended.getByRole('button', { name: 'Sign in' }).click();
  await expect(ended).toHaveURL(/\/posts$/);
  await ended.context().close();
});

async function revokeCurrent(by: Page, page: Page) {
  const { sessions } = await graphql<{ sessions: { id: string; current: boolean }[] }>(
    page,
    '{ sessions { id current } }',
  );
  const id = sessions.find(({ current }) => current)?.id;
  return () => graphql(by, 'mutation ($id: ID!) { revokeSession(id: $id) { id } }', { id });
}

test('a page that was open for a while also learns that its session ended', async ({
  page,
  browser,
}) => {
  const lying = await freshPage(browser);
  await signIn(lying, administrator.email, administrator.password);
  const revoke = await revokeCurrent(page, lying);
  const listening = lying.waitForResponse('**/api/graphql/stream');
  await lying.goto('/posts');
  await listening;
  // Long enough for all that the page does by itself after opening.
  await lying.waitForTimeout(2_500);
  await revoke();
  await expect(lying).toHaveURL(/\/sign-in\?next=%2Fposts$/);
  await lying.context().close();
});

test('a page whose session ends before it listens leads to the sign-in page', async ({
  page,
  browser,
}) => {
  const slow = await freshPage(browser);
  await signIn(slow, administrator.email, administrator.password);
  const revoke = await revokeCurrent(page, slow);
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await slow.route('**/api/graphql/stream', async (route) => {
    await released;
    await route.continue();
  });
  const asking = slow.waitForRequest('**/api/graphql/stream');
  await slow.goto('/posts');
  await asking;
  await expect(slow.getByRole('heading', { name: 'Posts' })).toBeVisible();
  await revoke();
  release();
  await expect(slow).toHaveURL(/\/sign-in\?next=%2Fposts$/);
  await slow.context().close();
});
