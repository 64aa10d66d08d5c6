import type { Page } from '@playwright/test';
import { makeBackup } from './support/graphql.ts';
import { expect, test } from './support/test.ts';

/** Opens the window of going back to a backup, up to the decision. */
async function decide(page: Page, name: string) {
  await page.getByRole('button', { name: `Go back to ${name}`, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(`Type “${name}” to go back to it`).fill(name);
  return dialog;
}

/** Presses Escape in the page in the very moment in which `text` is shown in a window, before anything else runs. */
async function escapeAtSightOf(page: Page, text: string): Promise<void> {
  await page.evaluate((awaited) => {
    const observer = new MutationObserver(() => {
      const shown = document.querySelector('[role="dialog"]')?.textContent ?? '';
      if (!shown.includes(awaited)) return;
      observer.disconnect();
      const press = { key: 'Escape', code: 'Escape', bubbles: true, cancelable: true };
      (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', press));
    });
    observer.observe(document.body, { childList: true, subtree: true, characterData: true });
  }, text);
}

test('Escape at the first sight of the end closes the window of going back, and it stays closed', async ({
  page,
}) => {
  await page.goto('/backup');
  await makeBackup(page, 'Escaped at once');
  const dialog = await decide(page, 'Escaped at once');
  await escapeAtSightOf(page, 'Done: the network went back');
  const refreshed = page.waitForResponse((answer) => answer.url().includes('_rsc='));
  await dialog.getByRole('button', { name: 'Go back', exact: true }).click();
  await (await refreshed).finished();
  await expect(page.getByRole('region', { name: 'A restore that can be undone' })).toContainText(
    'Escaped at once',
  );
  await expect(dialog).toHaveCount(0);
  await expect(page).toHaveURL(/\/backup$/);
});

for (const held of [
  'the answer',
  'the network that is read anew',
  'the page that is made anew',
] as const)
  test(`Escape while ${held} is on its way closes the window of going back for good`, async ({
    page,
  }) => {
    await page.goto('/backup');
    const name = `Escaped while ${held} came`;
    await makeBackup(page, name);
    const dialog = await decide(page, name);
    const operation = { 'the answer': 'ApplyRestore', 'the network that is read anew': 'Me' };
    const wanted = (url: string, body: string | null) =>
      held === 'the page that is made anew'
        ? url.includes('_rsc=')
        : url.endsWith('/api/graphql') &&
          JSON.parse(body ?? '{}').operationName === operation[held];
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let caught = () => {};
    const isHeld = new Promise<void>((resolve) => {
      caught = resolve;
    });
    await page.route('**/*', async (route) => {
      if (!wanted(route.request().url(), route.request().postData())) return route.continue();
      const answer = await route.fetch();
      caught();
      await released;
      await route.fulfill({ response: answer });
    });
    await dialog.getByRole('button', { name: 'Go back', exact: true }).click();
    await isHeld;
    await page.keyboard.press('Escape');
    release();
    await expect(page.getByRole('region', { name: 'A restore that can be undone' })).toContainText(
      name,
    );
    await expect(dialog).toHaveCount(0);
    await expect(page).toHaveURL(/\/backup$/);
    await page.unrouteAll({ behavior: 'wait' });
  });

test('one toast says that going back was undone, also when the safety backup of it is made', async ({
  page,
}) => {
  await page.goto('/backup');
  await makeBackup(page, 'Undone with one toast');
  const dialog = await decide(page, 'Undone with one toast');
  await dialog.getByRole('button', { name: 'Go back', exact: true }).click();
  await expect(dialog.getByText('Done: the network went back')).toBeVisible();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Undo' }).click();
  await expect(
    page.getByRole('row', { name: /^Before undoing: Undone with one toast/ }),
  ).toBeVisible();
  const toasts = page.getByRole('region', { name: /^Notifications/ }).getByRole('listitem');
  await expect(toasts).toHaveText([/^Undone/]);
});
