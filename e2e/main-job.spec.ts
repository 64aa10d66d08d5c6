import type { Page } from '@playwright/test';
import { graphql, undoAll } from './support/graphql.ts';
import { picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { chooseEverything } from './support/restore.ts';
import { expect, test } from './support/test.ts';

test.beforeEach(({ page }) => undoAll(page));
test.afterEach(({ page }) => undoAll(page));

async function countProjects(page: Page): Promise<number> {
  const { projects } = await graphql<{ projects: { totalCount: number } }>(
    page,
    '{ projects(first: 1) { totalCount } }',
  );
  return projects.totalCount;
}

test('create a backup, change the network, restore, see it as it was, undo, delete', async ({
  page,
}) => {
  const name = unique('Before the storm');
  const project = unique('Bairro Novo');
  const before = await countProjects(page);
  await page.goto('/backup');
  await page.getByRole('button', { name: 'Create backup' }).first().click();
  const create = page.getByRole('dialog');
  await expect(create.getByLabel('Name')).toHaveValue(/^Backup of /);
  await create.getByLabel('Name').fill(name);
  await create
    .getByLabel('Comments')
    .fill('Everything as it stands before the field teams go out.');
  await picture(page, 'create-backup');
  await create.getByRole('button', { name: 'Create backup' }).click();
  const row = page.getByRole('row', { name: new RegExp(`^${name}`) });
  await expect(row).toBeVisible();
  await expect(row).toContainText('Ana Souza');
  const { networkSummary } = await graphql<{ networkSummary: { files: number } }>(
    page,
    '{ networkSummary { files } }',
  );
  await expect(
    row.getByRole('cell', { name: String(networkSummary.files), exact: true }),
  ).toBeVisible();
  await expect(row).toContainText(/≈ [\d.]+ MB/);
  await picture(page, 'backups');

  await page.goto('/network/projects');
  await page.getByRole('button', { name: 'New project' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill(project);
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('rowheader', { name: project })).toBeVisible();

  await page.goto('/backup');
  await page.getByRole('button', { name: `Restore ${name}` }).click();
  const restore = page.getByRole('dialog');
  const changes = restore.getByRole('region', { name: 'What would change' });
  await expect(changes).toContainText(`Restoring “${name}” now: 1 would vanish.`);
  await expect(changes.getByRole('listitem').filter({ hasText: 'Projects' })).toContainText(
    '1Vanishes',
  );
  await chooseEverything(restore);
  const apply = restore.getByRole('button', { name: 'Restore', exact: true });
  await expect(apply).toBeDisabled();
  await picture(page, 'restore-dialog');
  await restore.getByLabel(`Type “${name}” to restore it`).fill(name);
  await apply.click();
  await expect(restore.getByText('Done: the network was restored')).toBeVisible();
  await expect(restore.getByText('Checked: the preview said exactly what happened.')).toBeVisible();
  await restore.getByRole('link', { name: 'See the network' }).click();
  await expect(page.getByRole('table', { name: 'Projects' }).getByRole('row')).toHaveCount(
    before + 1,
  );
  await expect(page.getByText(project)).toHaveCount(0);
  await picture(page, 'as-it-was');

  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('rowheader', { name: project })).toBeVisible();
  await expect(page.getByRole('region', { name: 'A restore that can be undone' })).toHaveCount(0);

  await page.goto('/backup');
  const safety = page.getByRole('row', { name: new RegExp(`^Before restoring: ${name}`) });
  await expect(safety.first()).toContainText('Safety');
  await page.getByRole('button', { name: `Delete ${name}` }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete backup' }).click();
  await expect(row).toHaveCount(0);
});

test('a prepared restore survives a reload, and can be discarded', async ({ page }) => {
  const name = unique('Kept for later');
  await page.goto('/backup');
  await page.getByRole('button', { name: 'Create backup' }).first().click();
  await page.getByRole('dialog').getByLabel('Name').fill(name);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: `Restore ${name}` }).click();
  await expect(page).toHaveURL(/restore=/);
  await page.reload();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: 'Discard' })).toBeVisible();
  await dialog.getByRole('button', { name: 'Not now' }).click();
  const ready = page.getByRole('region', { name: `“${name}” is ready to restore` });
  await ready.getByRole('button', { name: 'Preview' }).click();
  await dialog.getByRole('button', { name: 'Discard' }).click();
  await expect(ready).toHaveCount(0);
});
