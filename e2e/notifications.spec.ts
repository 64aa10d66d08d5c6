import { graphql } from './support/graphql.ts';
import { expectAccessible, picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { expect, test } from './support/test.ts';

test('a mail server is set and tested, and its failure is shown and recorded', async ({ page }) => {
  await graphql(
    page,
    `mutation { updateNotificationSettings(input: { email: null }) { __typename } }`,
  );
  await page.goto('/settings/notifications');
  const email = page.getByRole('region', { name: 'E-mail' });
  await email.getByLabel('Send e-mails').check();
  await email.getByLabel('Mail server').fill('127.0.0.1');
  await email.getByLabel('Encryption').selectOption('None');
  await expect(email.getByLabel('Port')).toHaveValue('25');
  // Nothing listens on this port of mail.
  await email.getByLabel('Port').fill('2525');
  await email.getByLabel('From').fill('fiberkeep@example.net');
  await email.getByLabel('To').fill('ana@example.net, bia@example.net');
  await email.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Notifications saved').first()).toBeVisible();
  await email.getByRole('button', { name: 'Send a test' }).click();
  await expect(page.getByText(/^The test did not arrive: ana@example\.net/).first()).toBeVisible();
  const sent = page.getByRole('region', { name: 'Sent', exact: true });
  await expect(sent.getByText('Not delivered').first()).toBeVisible();
  await picture(page, 'notifications');
  await expectAccessible(page);

  await page.reload();
  await expect(email.getByLabel('To')).toHaveValue('ana@example.net, bia@example.net');
  await email.getByLabel('Send e-mails').uncheck();
  await email.getByRole('button', { name: 'Save' }).click();
  await expect(email.getByRole('button', { name: 'Send a test' })).toHaveCount(0);
});

test('a webhook gets a secret that is shown once; one of this machine is refused', async ({
  page,
}) => {
  await page.goto('/settings/notifications');
  const hooks = page.getByRole('region', { name: 'Webhooks' });
  await hooks.getByRole('button', { name: 'Add webhook' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('URL').fill('https://127.0.0.1/hook');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(dialog.getByText(/^Is in a private network/)).toBeVisible();
  const url = unique('https://hooks.example.net/').replace(' ', '');
  await dialog.getByLabel('URL').fill(url);
  await dialog.getByRole('button', { name: 'Create' }).click();
  const secret = (await dialog.getByText(/^whsec_/).textContent()) ?? '';
  expect(secret).toMatch(/^whsec_.{30,}$/);
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(hooks.getByText(url)).toBeVisible();
  await expect(page.getByText(secret)).toHaveCount(0);
  await hooks.getByRole('button', { name: `Delete ${url}` }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await expect(hooks.getByText(url)).toHaveCount(0);
});
