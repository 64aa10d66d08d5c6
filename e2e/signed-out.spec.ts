import { graphql } from './support/graphql.ts';
import { administrator, freshPage, signIn } from './support/people.ts';
import { expect, test } from './support/test.ts';

test('a page that lies open leads to the sign-in page when its session is signed out in another tab', async ({
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
  // A tab behind another one listens to nothing; it looks again when it comes to the front.
  await lying.bringToFront();
  await expect(lying).toHaveURL(/\/sign-in\?next=%2Fnetwork%2Fpoles$/);
  await lying.context().close();
});

test('a session that is ended from elsewhere leads to the sign-in page, and back to where it was', async ({
  page,
  browser,
}) => {
  const ended = await freshPage(browser);
  await signIn(ended, administrator.email, administrator.password);
  const { sessions } = await graphql<{ sessions: { id: string; current: boolean }[] }>(
    ended,
    '{ sessions { id current } }',
  );
  await ended.goto('/posts');
  await expect(ended.getByRole('heading', { name: 'Posts' })).toBeVisible();
  const id = sessions.find(({ current }) => current)?.id;
  await graphql(page, 'mutation ($id: ID!) { revokeSession(id: $id) { id } }', { id });
  await expect(ended).toHaveURL(/\/sign-in\?next=%2Fposts$/);
  await ended.getByLabel('E-mail').fill(administrator.email);
  await ended.getByLabel('Password').fill(administrator.password);
  await ended.getByRole('button', { name: 'Sign in' }).click();
  await expect(ended).toHaveURL(/\/posts$/);
  await ended.context().close();
});
