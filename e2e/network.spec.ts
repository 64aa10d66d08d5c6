import { crc32, deflateSync } from 'node:zlib';
import { expectAccessible, picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { expect, test } from './support/test.ts';

test('a pole is made, changed, found and deleted', async ({ page }) => {
  const name = unique('A-pole <b>bold</b>');
  await page.goto('/network/poles');
  await page.getByRole('button', { name: 'New pole' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('combobox', { name: 'Project' }).fill('Jardim');
  await expect(dialog.getByRole('option').first()).toContainText('Jardim');
  await page.keyboard.press('Enter');
  await dialog.getByLabel('Latitude').fill('-22.9');
  await dialog.getByLabel('Longitude').fill('-47.06');
  await dialog.getByLabel('Licensing', { exact: true }).selectOption('Pending');
  await dialog.getByRole('button', { name: 'urgente' }).click();
  await dialog.getByRole('button', { name: 'Create' }).click();

  await page.getByRole('searchbox', { name: 'Search by name' }).fill(name);
  const row = page.getByRole('row', { name: new RegExp(name) });
  await expect(row).toContainText('Pending');
  await expect(row).toContainText('urgente');
  await row.getByRole('button', { name: /^Edit/ }).click();
  await expect(dialog.getByRole('combobox', { name: 'Project' })).toHaveValue(/Jardim/);
  await dialog.getByLabel('Licensing', { exact: true }).selectOption('Licensed');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(row).toContainText('Licensed');
  await row.getByRole('button', { name: /^Delete/ }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
});

test('an element belongs to no project if none is chosen', async ({ page }) => {
  const name = unique('A-pole on its own');
  await page.goto('/network/poles');
  await page.getByRole('button', { name: 'New pole' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await expect(dialog.getByRole('combobox', { name: 'Project optional' })).toHaveValue('');
  await dialog.getByLabel('Latitude').fill('-22.9');
  await dialog.getByLabel('Longitude').fill('-47.06');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(dialog).toHaveCount(0);
  await page.getByRole('searchbox', { name: 'Search by name' }).fill(name);
  await page.getByRole('button', { name: `Delete ${name}` }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
});

test('a filled-in form is not discarded without asking', async ({ page }) => {
  await page.goto('/network/poles');
  await page.getByRole('button', { name: 'New pole' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);

  await page.getByRole('button', { name: 'New pole' }).click();
  await dialog.getByLabel('Name').fill('Half done');
  await dialog.getByRole('combobox', { name: 'Project' }).fill('Jardim');
  const projects = dialog.getByRole('listbox', { name: 'Project' });
  await expect(projects).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(projects).toHaveCount(0);
  const question = page.getByRole('alertdialog', { name: 'Discard what you typed?' });
  await expect(question).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(question).toBeVisible();
  await question.getByRole('button', { name: 'Keep editing' }).click();
  await expect(dialog.getByLabel('Name')).toHaveValue('Half done');
  await expect(question).toHaveCount(0);
  await page.mouse.click(5, 5);
  await question.getByRole('button', { name: 'Discard' }).click();
  await expect(dialog).toHaveCount(0);
});

test('a long list loads more as it is scrolled', async ({ page }) => {
  await page.goto('/network/clients');
  const rows = page.getByRole('table', { name: 'Clients' }).getByRole('row');
  await expect(rows).toHaveCount(51);
  await page.getByRole('button', { name: 'Load more' }).scrollIntoViewIfNeeded();
  await expect(rows).toHaveCount(101);
});

test('tags are made, renamed and deleted', async ({ page }) => {
  const [zebra, zulu] = [unique('zebra'), unique('zulu')];
  await page.goto('/network/projects');
  await page.getByRole('button', { name: 'Tags' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name of a new tag').fill(zebra);
  await dialog.getByRole('button', { name: 'Create' }).click();
  const name = dialog.getByLabel(`Name of ${zebra}`);
  await expect(name).toBeVisible();
  await expectAccessible(page);
  await name.fill(zulu);
  await name.press('Enter');
  await dialog.getByRole('button', { name: `Delete ${zulu}` }).click();
  const question = page.getByRole('alertdialog', { name: `Delete the tag “${zulu}”?` });
  await expect(question).toContainText('Nothing has this tag.');
  await question.getByRole('button', { name: 'Delete tag' }).click();
  await expect(dialog.getByLabel(`Name of ${zulu}`)).toHaveCount(0);
});

test('a post is written with a photo and a file, which open again', async ({ page }) => {
  const title = unique('Splice redone');
  await page.goto('/posts');
  await page.getByRole('button', { name: 'New post' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Element' }).click();
  await dialog.getByRole('listbox', { name: 'Element' }).getByRole('option').first().click();
  await dialog.getByLabel('Title').fill(title);
  await dialog.getByLabel('Observation').fill('0.02 dB after the repair.\n'.repeat(12));
  await dialog.getByLabel('Choose photos and files').setInputFiles([
    { name: 'splice.png', mimeType: 'image/png', buffer: redPixel() },
    {
      name: 'otdr trace.sor',
      mimeType: 'application/octet-stream',
      buffer: Buffer.alloc(300_000, 7),
    },
  ]);
  await dialog.getByRole('button', { name: 'Create' }).click();
  const post = page.getByRole('article').filter({ hasText: title });
  await expect(post.getByRole('link', { name: /otdr trace\.sor/ })).toContainText('300 kB');
  await post.getByRole('button', { name: 'Open photo splice.png' }).click();
  const photo = dialog.getByRole('img', { name: 'splice.png' });
  await expect.poll(() => photo.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
  await expectAccessible(page);
  await picture(page, 'photo');
  await page.keyboard.press('Escape');

  const text = post.getByText('0.02 dB after the repair.');
  const cut = () => text.evaluate((p) => p.scrollHeight > p.clientHeight + 1);
  expect(await cut()).toBe(true);
  await post.getByRole('button', { name: 'Show more' }).click();
  expect(await cut()).toBe(false);

  await post.getByRole('button', { name: `Edit ${title}` }).click();
  await dialog.getByRole('button', { name: 'Remove splice.png' }).click();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(post.getByRole('button', { name: 'Open photo splice.png' })).toBeVisible();
  await post.getByRole('button', { name: `Edit ${title}` }).click();
  await dialog.getByRole('button', { name: 'Remove splice.png' }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(post.getByRole('button', { name: 'Open photo splice.png' })).toHaveCount(0);
  await expect(post.getByRole('link', { name: /otdr trace\.sor/ })).toBeVisible();
  await post.getByRole('button', { name: `Delete ${title}` }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await expect(post).toHaveCount(0);
});

/** A PNG of one red pixel. */
function redPixel(): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const framed = Buffer.alloc(body.length + 8);
    framed.writeUInt32BE(data.length, 0);
    body.copy(framed, 4);
    framed.writeUInt32BE(crc32(body), body.length + 4);
    return framed;
  };
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from([0, 255, 0, 0]))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
