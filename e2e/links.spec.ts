import { expect, test } from './support/test.ts';

test('a page asks the server for another one only when somebody is about to open it', async ({
  page,
}) => {
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (searchParams.has('_rsc')) asked.push(pathname);
  });
  await page.goto('/users');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  // Long enough for what Next would ask for by itself.
  await page.waitForTimeout(1_000);
  expect(asked).toEqual([]);
  await page.getByRole('link', { name: 'Posts' }).hover();
  await expect.poll(() => asked).toContain('/posts');
  await page.getByRole('link', { name: 'Posts' }).click();
  await expect(page).toHaveURL(/\/posts$/);
});
