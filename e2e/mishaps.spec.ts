import { graphql } from './support/graphql.ts';
import { expectAccessible, picture } from './support/look.ts';
import { expect, test } from './support/test.ts';

test('deleting a project says first what else is deleted, and what must be deleted before', async ({
  page,
}) => {
  const { projects } = await graphql<{ projects: { nodes: { id: string; name: string }[] } }>(
    page,
    '{ projects(first: 50) { nodes { id name } } }',
  );
  const counts = await Promise.all(
    projects.nodes.map(async ({ id, name }) => {
      const { poles } = await graphql<{ poles: { totalCount: number } }>(
        page,
        'query ($id: ID!) { poles(projectId: $id, first: 1) { totalCount } }',
        { id },
      );
      return { name, poles: poles.totalCount };
    }),
  );
  const held = counts.find(({ poles }) => poles > 1);
  await page.goto('/network/projects');
  await page.getByRole('button', { name: `Delete ${held?.name}`, exact: true }).click();
  const dialog = page.getByRole('alertdialog');
  await expect(dialog.getByText('while these belong to it')).toBeVisible();
  await expect(dialog.getByRole('link', { name: `${held?.poles} poles` })).toBeVisible();
  await picture(page, 'delete-project');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(dialog.getByRole('alert')).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('rowheader', { name: held?.name })).toBeVisible();
});

test('a photo whose bytes are gone is shown as gone, in its card and large', async ({ page }) => {
  await page.route('**/api/files/**', (route) => route.fulfill({ status: 404 }));
  await page.goto('/posts');
  const photo = page.getByRole('button', { name: /^Open photo/ }).first();
  await photo.scrollIntoViewIfNeeded();
  await expect(photo.getByText('This photo is no longer on the server.')).toBeAttached();
  await photo.click();
  const viewer = page.getByRole('dialog');
  await expect(viewer.getByText('This photo is no longer on the server.')).toBeVisible();
  await picture(page, 'photo-gone');
  await expectAccessible(page);
});

test('tabs that do not fit point to the others, and the current one comes into view', async ({
  page,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/network/clients');
  const tabs = page.getByRole('navigation', { name: 'Kinds of elements' });
  await expect(tabs.getByRole('link', { name: 'Clients' })).toBeInViewport();
  const more = page.locator('nav[aria-label="Kinds of elements"] ~ span');
  await expect(more).toHaveCount(1);
  await expect(more).toHaveClass(/left-0/);
  await tabs.evaluate((element) => element.scrollTo({ left: 0 }));
  await expect(more).toHaveClass(/right-0/);
  await page.setViewportSize({ width: 1280, height: 860 });
  await expect(more).toHaveCount(0);
});

test('while the server is away, the Backup tab says so once', async ({ page }) => {
  // As a proxy in front of it answers.
  await page.route('**/api/graphql', (route) => route.fulfill({ status: 404, body: 'away' }));
  const answerTo = (operation: string) =>
    page.waitForResponse((answer) => answer.request().postData()?.includes(operation) ?? false);
  const answered = Promise.all(['query BackupHealth', 'query Backups('].map(answerTo));
  await page.goto('/backup');
  await answered;
  const away = page.getByRole('alert').filter({ hasText: 'The server does not answer.' });
  await expect(away.first()).toBeVisible();
  // Both answers are shown by then.
  await page.evaluate(() => new Promise((done) => requestIdleCallback(done)));
  await expect(away).toHaveCount(1);
});
