import { goBackTo, graphql, makeBackup } from './support/graphql.ts';
import { picture } from './support/look.ts';
import { expect, test } from './support/test.ts';

test('a page that stood open while somebody restored is told so, and its writes are refused', async ({
  page,
  browser,
}) => {
  await page.goto('/network/projects');
  const backupId = await makeBackup(page, 'Somebody else’s');
  await page.getByRole('button', { name: 'New project' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Written into the wrong network');

  const other = await browser.newPage();
  await goBackTo(other, backupId, 'Somebody else’s');
  await expect(page.getByText('The network was restored meanwhile.')).toBeAttached();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(dialog.getByRole('alert').filter({ hasText: 'this was not saved' })).toBeVisible();
  await picture(page, 'restored-meanwhile');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Reload' }).click();
  await expect(page.getByText('The network was restored meanwhile.')).toHaveCount(0);
  await expect(page.getByText('Written into the wrong network')).toHaveCount(0);

  const { restores } = await graphql<{ restores: { nodes: { id: string; canUndo: boolean }[] } }>(
    other,
    '{ restores(first: 5) { nodes { id canUndo } } }',
  );
  const id = restores.nodes.find((restore) => restore.canUndo)?.id;
  await graphql(
    other,
    'mutation ($id: ID!) { undoRestore(id: $id, cancelRunningBackup: true) { restore { status } } }',
    { id },
  );
  await other.close();
});
