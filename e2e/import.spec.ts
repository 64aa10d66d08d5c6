import { inspect } from './support/look.ts';
import { unique } from './support/names.ts';
import { expect, test } from './support/test.ts';

test('a table of Excel in Portuguese is looked at, imported, found in the network, and undone', async ({
  page,
}) => {
  const [pole, box, project] = [unique('I-Poste'), unique('I-CTO'), unique('I-Vila São José')];
  const table = [
    'Tipo;Nome;Latitude;Longitude;Projeto;Portas',
    `Poste;${pole};-22,9064;-47,0616;${project};`,
    `CTO;${box};-22,9065;-47,0617;${project};16`,
    `CTO;${box} B;-222,9;-47,0617;${project};8`,
  ].join('\r\n');
  await page.goto('/network/import');
  await page
    .getByLabel('Choose a file')
    .last()
    .setInputFiles({
      name: 'rede.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(table, 'latin1'),
    });
  const rows = page.getByRole('table', { name: 'Rows' });
  await expect(rows.getByRole('row', { name: /Wrong/ })).toContainText('Latitude');
  await expect(page.getByRole('button', { name: 'Import 3 rows' })).toBeDisabled();
  await inspect(page, 'import-preview');

  await page.getByLabel('Import the good rows only').click();
  await page.getByRole('button', { name: 'Import 3 rows' }).click();
  await expect(page.getByText('3 rows were imported.')).toBeVisible();
  await page.goto(`/network/boxes?q=${encodeURIComponent(box)}`);
  await expect(page.getByRole('row', { name: new RegExp(box) })).toHaveCount(1);

  await page.goBack();
  await page.getByRole('button', { name: 'Undo', exact: true }).last().click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('The import is undone').first()).toBeVisible();
});
