import type { Page, Request } from '@playwright/test';
import { applyTo, makeBackup, undoAll } from './support/graphql.ts';
import { unique } from './support/names.ts';
import { chooseEverything } from './support/restore.ts';
import { expect, test } from './support/test.ts';

/** Opens the restore dialog of a backup, up to the decision. */
async function decide(page: Page, name: string) {
  await page.getByRole('button', { name: `Restore ${name}`, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await chooseEverything(dialog);
  await dialog.getByLabel(`Type “${name}” to restore it`).fill(name);
  return dialog;
}

/** Presses Escape at the very moment a dialog shows `text`, before anything else runs. */
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

/** Records the text of every toast from now on, also of those that disappear. */
async function collectToasts(page: Page): Promise<() => Promise<string[]>> {
  const region = page.getByRole('region', { name: /^Notifications/ });
  const texts = await region.evaluateHandle((element) => {
    const kept: string[] = [];
    new MutationObserver((changes) => {
      for (const node of changes.flatMap((change) => [...change.addedNodes]))
        if (node instanceof HTMLLIElement) kept.push(node.textContent ?? '');
    }).observe(element, { childList: true, subtree: true });
    return kept;
  });
  return () => texts.evaluate((kept) => kept);
}

// An applied restore left behind would disturb the next test that undoes.
test.beforeEach(({ page }) => undoAll(page));
test.afterEach(({ page }) => undoAll(page));

test('Escape at the first sight of the end closes the restore dialog, and it stays closed', async ({
  page,
}) => {
  const name = unique('Escaped at once');
  await page.goto('/backup');
  await makeBackup(page, name);
  const dialog = await decide(page, name);
  await escapeAtSightOf(page, 'Done: the network was restored');
  await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
  await expect(page.getByRole('region', { name: 'A restore that can be undone' })).toContainText(
    name,
  );
  await expect(page).toHaveURL(/\/backup$/);
  await expect(dialog).toHaveCount(0);
});

for (const held of [
  'the answer',
  'the network that is read again',
  'the page that is rebuilt',
] as const)
  test(`Escape while ${held} is on its way closes the restore dialog for good`, async ({
    page,
  }) => {
    await page.goto('/backup');
    const name = unique(`Escaped while ${held} came`);
    await makeBackup(page, name);
    const dialog = await decide(page, name);
    const operation = { 'the answer': 'ApplyRestore', 'the network that is read again': 'Me' };
    const wanted = (request: Request) =>
      held === 'the page that is rebuilt'
        ? request.url().includes('_rsc=') && !('next-router-prefetch' in request.headers())
        : request.url().endsWith('/api/graphql') &&
          JSON.parse(request.postData() ?? '{}').operationName === operation[held];
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let caught = () => {};
    const isHeld = new Promise<void>((resolve) => {
      caught = resolve;
    });
    await page.route('**/*', async (route) => {
      if (!wanted(route.request())) return route.continue();
      const answer = await route.fetch();
      caught();
      await released;
      await route.fulfill({ response: answer });
    });
    await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
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

test('one toast says that the restore was undone, also when the safety backup of it is made', async ({
  page,
}) => {
  const name = unique('Undone with one toast');
  await page.goto('/backup');
  const id = await makeBackup(page, name);
  await applyTo(page, id, name);
  await page.goto('/backup');
  const shown = await collectToasts(page);
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Undo' }).click();
  await expect(
    page.getByRole('row', { name: new RegExp(`^Before undoing: ${name}`) }).first(),
  ).toBeVisible();
  await expect(page.getByText('Something is running')).toHaveCount(0);
  await expect.poll(shown).toEqual([expect.stringMatching(/^Restore undone/)]);
});
