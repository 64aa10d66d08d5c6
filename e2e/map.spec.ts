import type { Page } from '@playwright/test';
import { deleteProject, makeProject, type ProjectOfTest } from './support/changes.ts';
import { inspect, picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { expect, test } from './support/test.ts';

/** Where `makeProject` puts its elements. */
const ADDRESS = '/network/map?at=-22.9004,-47.06,17';

let project: ProjectOfTest;

test.beforeAll(async ({ browser }) => {
  const page = await browser.newPage();
  project = await makeProject(page, unique('Mapped'));
  await page.close();
});
test.afterAll(async ({ browser }) => {
  const page = await browser.newPage();
  await deleteProject(page, project);
  await page.close();
});

/** Waits until the map has drawn what it shows. */
async function openMap(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await expect(page.locator('[data-drawn]')).not.toHaveAttribute('data-drawn', '0');
}

const rows = (page: Page) => page.getByRole('list', { name: 'In view' }).getByRole('button');

test('the map draws the network by itself: nothing comes from elsewhere, nothing is blocked', async ({
  page,
  baseURL,
}) => {
  const elsewhere: string[] = [];
  const tiles: number[] = [];
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== new URL(baseURL ?? '').origin)
      elsewhere.push(request.url());
  });
  page.on('response', (answer) => {
    if (answer.url().endsWith('.mvt')) tiles.push(answer.status());
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      console.error(`blocked: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  await openMap(page, ADDRESS);
  await expect(rows(page).filter({ hasText: `${project.name} box` })).toBeVisible();
  expect(tiles.length).toBeGreaterThan(0);
  expect(new Set(tiles)).toEqual(new Set([200]));
  expect(elsewhere).toEqual([]);
});

test('by keyboard alone an element is found, opened and closed, and Back opens it again', async ({
  page,
}) => {
  await openMap(page, ADDRESS);
  await rows(page).first().focus();
  await page.keyboard.press('End');
  const last = rows(page).last();
  await expect(last).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Home');
  const row = rows(page).filter({ hasText: `${project.name} box` });
  while (!(await row.evaluate((one) => one === document.activeElement)))
    await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const panel = page.getByRole('region', { name: `${project.name} box` });
  await expect(panel).toContainText(`${project.name} pole 1`);
  await expect(panel.getByRole('button', { name: 'Close' })).toBeFocused();
  await expect(panel.getByRole('link', { name: 'Open' })).toHaveAttribute(
    'href',
    `/network/boxes/${project.boxId}`,
  );
  expect(page.url()).toContain(`show=boxes/${project.boxId}`);
  await page.keyboard.press('Escape');
  await expect(panel).toHaveCount(0);
  await expect(row).toBeFocused();
  await page.goBack();
  await expect(panel).toBeVisible();
});

test('a shared address shows the same place in the same colors, accessibly, in both looks and widths', async ({
  page,
}) => {
  await openMap(page, `${ADDRESS}&color=project&show=boxes/${project.boxId}`);
  await expect(page.getByRole('region', { name: `${project.name} box` })).toBeVisible();
  await expect(page.getByRole('radio', { name: 'Project' })).toBeChecked();
  await inspect(page, 'map');
});

for (const [locale, tab, list] of [
  ['pt-BR', 'Mapa', 'À vista'],
  ['es-AR', 'Mapa', 'A la vista'],
] as const)
  test(`the map speaks ${locale}, and opens at the whole network`, async ({ browser }) => {
    const context = await browser.newContext({ locale });
    const page = await context.newPage();
    await openMap(page, '/network/map');
    await expect(page.getByRole('link', { name: tab, exact: true })).toHaveAttribute(
      'aria-current',
      'page',
    );
    await expect(page.getByRole('region', { name: list })).toBeVisible();
    await picture(page, `map-${locale}`);
    await context.close();
  });
