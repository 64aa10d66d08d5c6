import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { graphql } from './support/graphql.ts';
import { expectAccessible, expectNoSideScroll, picture } from './support/look.ts';
import { administrator } from './support/people.ts';
import { expect, test } from './support/test.ts';

test('the kit is shown for the password alone, saved, checked, and the reminder goes', async ({
  page,
}) => {
  const { kitState } = await graphql<{ kitState: { saved: boolean; checked: boolean } }>(
    page,
    '{ kitState { saved checked } }',
  );
  await page.goto('/backup');
  const reminder = page.getByRole('region', { name: 'Recovery kit' });
  // A checked kit stays checked: an earlier attempt of this test has seen the reminder.
  if (kitState.checked) await page.goto('/settings/recovery-kit');
  else {
    await expect(reminder).toContainText(kitState.saved ? 'recovery kit' : 'Save the recovery kit');
    await expectAccessible(page);
    await picture(page, 'kit-reminder');
    await reminder.getByRole('link', { name: 'Open the recovery kit' }).click();
  }
  await page.getByLabel('Your password').fill('not the password');
  await page.getByRole('button', { name: 'Show the kit' }).click();
  await expect(page.getByText('Wrong password.')).toBeVisible();
  await page.getByLabel('Your password').fill(administrator.password);
  await page.getByRole('button', { name: 'Show the kit' }).click();

  const sheet = page.getByRole('article', { name: 'Fiberkeep recovery kit' });
  await expect(sheet.getByRole('img', { name: /^QR code/ })).toHaveCount(2);
  for (const [look, width] of [
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
  ] as const) {
    await page.emulateMedia({ colorScheme: look });
    await page.setViewportSize({ width, height: 860 });
    await expectAccessible(page);
    await expectNoSideScroll(page);
    await picture(page, `kit-${look}-${width}`, true);
  }
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await expect(page.getByRole('navigation', { name: 'Pages' })).toBeHidden();
  await expect(page.getByRole('button', { name: 'Save as text' })).toBeHidden();
  await expect(sheet).toHaveCSS('padding', '0px');
  await picture(page, 'kit-print');
  await page.emulateMedia({ media: 'screen', colorScheme: 'light' });

  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as text' }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toMatch(/^fiberkeep-recovery-[0-9a-f-]{36}\.txt$/);
  const text = await readFile(await download.path(), 'utf8');
  expect(text).toMatch(/^AGE-SECRET-KEY-1[A-Z0-9]+$/m);
  const identity = /^AGE-SECRET-KEY-1\w+$/m.exec(text)?.[0] ?? '';
  await expect(sheet.getByText(identity)).toBeVisible();
  await page.getByRole('button', { name: 'I have saved it' }).click();
  await expect(page.getByText(identity)).toHaveCount(0);

  if (!kitState.checked) await check(page, text);
  await expect(page.getByText(`Copy checked by ${administrator.name}`)).toBeVisible();
  await picture(page, 'kit-checked');

  await page.goto('/backup');
  await expect(page.getByRole('table', { name: 'Backup' })).toBeVisible();
  await expect(reminder).toHaveCount(0);
  await page.goto('/activity');
  await expect(
    page.getByText(`${administrator.name} checked a copy of the recovery kit`).first(),
  ).toBeVisible();
  await expect(
    page.getByText(`${administrator.name} was shown the recovery kit`).first(),
  ).toBeVisible();
  await expect(
    page.getByText(`${administrator.name} tried to see the recovery kit`).first(),
  ).toBeVisible();
});

/** Types two groups of the saved kit, the wrong ones first. */
async function check(page: Page, text: string): Promise<void> {
  const field = page.getByLabel(/^Groups \d+ and \d+ of the server key$/);
  await field.fill('WRONGONE');
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(page.getByText(/^Does not match groups .* of the server key\.$/)).toBeVisible();
  await picture(page, 'kit-check');
  const label = await page.getByText(/^Groups \d+ and \d+ of the server key$/).textContent();
  const key = /FIBERKEEP-KEY1(\w+)$/m.exec(text)?.[1] ?? '';
  const groups = key.match(/.{1,4}/g) ?? [];
  const asked = [...(label ?? '').matchAll(/\d+/g)].map(([number]) => groups[Number(number) - 1]);
  await field.fill(asked.join(' ').toLowerCase());
  await page.getByRole('button', { name: 'Check', exact: true }).click();
}
