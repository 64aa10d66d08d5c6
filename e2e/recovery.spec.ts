import type { Browser, Page } from '@playwright/test';
import { makeNas, removeDestinations } from './support/destinations.ts';
import { graphql } from './support/graphql.ts';
import { expectAccessible, expectNoSideScroll, picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { administrator, freshPage, signIn } from './support/people.ts';
import {
  killEmptyServer,
  leaveRemains,
  type Remains,
  type SftpPlace,
  serveOverSftp,
  startAgain,
  startEmptyServer,
} from './support/recovery.ts';
import { expect, test } from './support/test.ts';

let remains: Remains;

test.beforeAll(async ({ browser }) => {
  const state = new URL('../test-results/state/administrator.json', import.meta.url).pathname;
  const context = await browser.newContext({ storageState: state, baseURL: process.env.BASE_URL });
  const page = await context.newPage();
  await removeDestinations(page);
  await graphql(
    page,
    'mutation ($password: String!) { confirmPassword(password: $password) { goodUntil } }',
    { password: administrator.password },
  );
  const { apiKeys } = await graphql<{ apiKeys: { nodes: { name: string }[] } }>(
    page,
    '{ apiKeys(first: 50, active: true) { nodes { name } } }',
  );
  if (!apiKeys.nodes.some(({ name }) => name === keyName))
    await graphql(
      page,
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }',
      { input: { name: keyName, actions: ['backup.view'] } },
    );
  remains = await leaveRemains(page, unique('Before the storm'));
  await removeDestinations(page);
  await context.close();
});

test.afterAll(async () => {
  await remains?.[Symbol.asyncDispose]();
});

const keyName = 'Copy to the office';

/** The set-up page of an empty server, in a browser that nobody has signed in with. */
async function openEmpty(browser: Browser, locale = 'en-US'): Promise<Page> {
  const { url, setUpUrl } = await startEmptyServer();
  const page = await freshPage(browser, { locale, baseURL: url });
  await page.goto(setUpUrl);
  return page;
}

/** Checks in every theme and width that the page fits and axe finds nothing. */
async function inspect(page: Page, name: string): Promise<void> {
  for (const width of [1280, 390])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 860 });
      await picture(page, `${name}-${colorScheme}-${width}`);
      await expectNoSideScroll(page);
      await expectAccessible(page);
    }
  await page.setViewportSize({ width: 1280, height: 860 });
}

const look = (page: Page) => page.getByRole('button', { name: 'Show what is there' });
/** Next has an alert of its own, which is empty. */
const refusal = (page: Page) => page.getByRole('alert').filter({ hasText: /./ });
const coming = (page: Page) => page.getByRole('heading', { name: 'The server is coming back' });
const done = (page: Page) => page.getByRole('heading', { name: 'Your network is back' });

async function giveKit(page: Page): Promise<void> {
  await page.getByRole('radio', { name: /^I have a recovery kit/ }).click();
  await openKit(page);
}

async function openKit(page: Page): Promise<void> {
  await page.getByLabel('Open the kit file').setInputFiles({
    name: 'kit.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from(remains.kit),
  });
  await expect(page.getByLabel('Recovery kit')).toHaveValue(remains.kit);
}

test('a lost server comes back from a folder, through mistakes and a reload, with its old password', async ({
  browser,
}) => {
  // It looks at many pages, in two themes and two widths.
  test.slow();
  const page = await openEmpty(browser);
  await inspect(page, 'recovery-choice');
  await page.getByRole('radio', { name: /^I have a recovery kit/ }).click();
  await inspect(page, 'recovery-form');

  await page.getByLabel('Recovery kit').fill('FIBERKEEP-KEY1 QQQQ');
  await page.getByRole('textbox', { name: 'Folder' }).fill(remains.nas);
  await look(page).click();
  await expect(refusal(page)).toContainText('This is no recovery kit');
  await giveKit(page);
  const empty = await makeNas();
  await page.getByRole('textbox', { name: 'Folder' }).fill(empty);
  await look(page).click();
  await expect(refusal(page)).toContainText(empty);
  await inspect(page, 'recovery-refused');

  await page.getByRole('textbox', { name: 'Folder' }).fill(remains.nas);
  await look(page).click();
  await expect(page.getByText('The kit fits')).toBeVisible();
  const offered = page.getByRole('radio', { name: new RegExp(remains.backupName) });
  await expect(offered).toBeChecked();
  await inspect(page, 'recovery-offer');
  await page.getByRole('button', { name: 'Recover this backup' }).click();
  await expect(coming(page)).toBeVisible();
  await inspect(page, 'recovery-running');
  await expect(async () => {
    await page.reload();
    await expect(coming(page).or(done(page))).toBeVisible({ timeout: 5_000 });
  }).toPass();
  await expect(done(page)).toBeVisible({ timeout: 120_000 });
  await inspect(page, 'recovery-done');

  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByLabel('E-mail').fill(administrator.email);
  await page.getByLabel('Password').fill(administrator.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => url.pathname !== '/sign-in');
  await afterwards(page);
  await page.context().close();
});

/** What an administrator finds after a recovery. */
async function afterwards(page: Page): Promise<void> {
  await page.goto('/backup');
  const banner = page.getByRole('region', { name: 'After the recovery' });
  await expect(banner).toContainText(remains.backupName);
  await expect(page.getByRole('button', { name: 'Undo' })).toHaveCount(0);
  await inspect(page, 'recovered');
  await page.goto('/settings/api-keys');
  const key = page.getByRole('row', { name: new RegExp(keyName) });
  await expect(key).toContainText('Revoked');
  await expect(key).toContainText('Secrets are in no backup');
  await picture(page, 'recovered-keys');
  await expectAccessible(page);

  await page.goto('/backup');
  await banner.getByRole('button', { name: 'The old server is gone' }).click();
  const dialog = page.getByRole('alertdialog');
  await expect(dialog.getByRole('checkbox')).toBeChecked();
  await picture(page, 'recovered-dialog');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'It is gone: go on' }).click();
  await expect(banner).toHaveCount(0);
  await page.goto('/settings/destinations');
  await expect(page.getByRole('region', { name: 'NAS in the office' })).not.toContainText('Off');
}

/** Names the SFTP server, trusts the key that it shows, and begins with what is suggested. */
async function recoverOverSftp(page: Page, place: SftpPlace): Promise<void> {
  await page.getByRole('radio', { name: /^SFTP/ }).click();
  await page.getByLabel('Host', { exact: true }).fill(place.host);
  await page.getByLabel('Port').fill(String(place.port));
  await page.getByLabel('User').fill(place.user);
  await page.getByLabel('Folder', { exact: true }).fill(place.folder);
  await page.getByLabel('Password').fill(place.password);
  await look(page).click();
  await expect(page.getByText(place.hostKey)).toBeVisible();
  await inspect(page, 'recovery-host-key');
  await page.getByRole('button', { name: 'Trust this host key' }).click();
  await expect(page.getByText('The kit fits')).toBeVisible();
  await page.getByRole('button', { name: 'Recover this backup' }).click();
  await expect(coming(page)).toBeVisible();
}

test('a server that is killed in the middle goes on by the same link, from SFTP', async ({
  browser,
}) => {
  const place = await serveOverSftp(remains.nas);
  test.skip(place === null, 'This machine has no sftp-server.');
  if (!place) return;
  // Three starts of a server.
  test.slow();
  const page = await openEmpty(browser);
  const link = page.url();
  await giveKit(page);
  await recoverOverSftp(page, place);
  await killEmptyServer();
  await startAgain();
  await page.goto(link);
  // Killed before the key was installed, the server knows what it shall become, and not the kit.
  const asksAgain = page.getByText('Give the kit and the place once more.');
  await expect(asksAgain.or(coming(page)).or(done(page))).toBeVisible();
  if (await asksAgain.isVisible()) {
    await inspect(page, 'recovery-key-pending');
    await openKit(page);
    await recoverOverSftp(page, place);
  }
  await expect(done(page)).toBeVisible({ timeout: 120_000 });
  await signIn(page, administrator.email, administrator.password);
  await page.context().close();
});

test('an archive that is sent from this computer is enough', async ({ browser }) => {
  const page = await openEmpty(browser);
  await giveKit(page);
  await page.getByRole('radio', { name: /^Archive/ }).click();
  await page.getByLabel('Drop the archive here').setInputFiles(remains.archive);
  await look(page).click();
  await expect(page.getByText('The kit fits')).toBeVisible();
  await page.getByRole('button', { name: 'Recover this backup' }).click();
  await expect(done(page)).toBeVisible({ timeout: 120_000 });
  await expect(page.getByText(remains.backupName)).toBeVisible();
  await signIn(page, administrator.email, administrator.password);
  await page.context().close();
});

test('whoever looked at what is there may still start anew', async ({ browser }) => {
  const page = await openEmpty(browser);
  await giveKit(page);
  await page.getByRole('textbox', { name: 'Folder' }).fill(remains.nas);
  await look(page).click();
  await expect(page.getByText('The kit fits')).toBeVisible();
  await page.getByRole('radio', { name: /^Start anew/ }).click();
  await page.getByLabel('Name').fill('Bia');
  await page.getByLabel('E-mail').fill('bia@example.net');
  await page.getByLabel('Password').fill('a very long password');
  await page.getByRole('button', { name: 'Create the administrator' }).click();
  await expect(page.getByRole('heading', { name: 'Recovery kit', level: 1 })).toBeVisible();
  await page.context().close();
});

for (const [locale, words] of [
  ['pt-BR', { kit: /^Tenho um kit/, look: 'Mostrar o que há lá', fits: 'O kit serve' }],
  ['es-AR', { kit: /^Tengo un kit/, look: 'Mostrar lo que hay allí', fits: 'El kit sirve' }],
] as const)
  test(`a browser that asks for ${locale} is led through in its language`, async ({ browser }) => {
    const page = await openEmpty(browser, locale);
    await page.getByRole('radio', { name: words.kit }).click();
    await page.locator('textarea').fill(remains.kit);
    await page.locator('input[placeholder="/mnt/nas/fiberkeep"]').fill(remains.nas);
    await inspect(page, `recovery-form-${locale}`);
    await page.getByRole('button', { name: words.look }).click();
    await expect(page.getByText(words.fits)).toBeVisible();
    await inspect(page, `recovery-offer-${locale}`);
    await page.context().close();
  });
