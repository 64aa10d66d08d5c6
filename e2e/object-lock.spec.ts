import { KEYS, openS3Lab } from '#testing/s3-lab.ts';
import { checkKit, removeDestinations } from './support/destinations.ts';
import { inspect, picture } from './support/look.ts';
import { freshPage } from './support/people.ts';
import { expect, test } from './support/test.ts';

const administrator = new URL('../test-results/state/administrator.json', import.meta.url).pathname;
const name = 'Away';

test.beforeEach(async ({ page }) => {
  await removeDestinations(page);
  await checkKit(page);
});
test.afterEach(({ page }) => removeDestinations(page));

test('a bucket that locks is locked for days, its contents lie cold, and one that does not lock is refused', async ({
  page,
}) => {
  await using s3 = await openS3Lab(1000, { objectLock: true });
  await using plain = await openS3Lab();
  await page.goto('/settings/destinations');
  await page.getByRole('button', { name: 'Add destination' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'S3' }).click();
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByLabel('Bucket', { exact: true }).fill('backups');
  await dialog.getByLabel('Endpoint').fill(plain.server.endpoint);
  await dialog.getByLabel('Access key ID').fill(KEYS.accessKeyId);
  await dialog.getByLabel('Secret access key').fill(KEYS.secretAccessKey);
  await dialog.getByText('More', { exact: true }).click();
  const lock = dialog.getByLabel('Lock (Object Lock), days');
  await lock.fill('30');
  await lock.scrollIntoViewIfNeeded();
  await inspect(page, 'destinations-lock');
  const kept = dialog.getByLabel('Storage class of contents');
  await kept.selectOption('Glacier Flexible Retrieval');
  await expect(dialog).toContainText('A recovery waits up to 5 hours.');
  await kept.scrollIntoViewIfNeeded();
  await inspect(page, 'destinations-class');
  await dialog.getByRole('button', { name: 'Add destination' }).click();
  await expect(dialog).toContainText('does not lock objects', { timeout: 30_000 });
  await expect(dialog).toContainText('Use a bucket that was created with Object Lock');
  await picture(page, 'destinations-lock-refused');
  await dialog.getByLabel('Endpoint').fill(s3.server.endpoint);
  await dialog.getByRole('button', { name: 'Add destination' }).click();
  await expect(dialog).toHaveCount(0, { timeout: 60_000 });
  const card = page.getByRole('region', { name });
  await expect(card).toContainText('Locked');
  await expect(card).toContainText('for 30 days');
  await expect(card).toContainText('Glacier Flexible Retrieval');
  await expect(card).toContainText('not read back');
  await inspect(page, 'destinations-locked');
  for (const [locale, text] of [
    ['pt-BR', 'por 30 dias'],
    ['es', 'durante 30 días'],
  ] as const) {
    const other = await freshPage(page.context().browser() as never, {
      locale,
      storageState: administrator,
    });
    await other.goto('/settings/destinations');
    await expect(other.getByRole('region', { name })).toContainText(text);
    await other.context().close();
  }
});
