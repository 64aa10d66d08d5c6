import { ensureUser, graphql } from './support/graphql.ts';
import { expectNoSideScroll, inspect, picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { freshPage, PASSWORD } from './support/people.ts';
import { expect, test } from './support/test.ts';

const at = { lat: -22.9064, lng: -47.0616 };

let names = { pole: '', box: '', client: '', street: '' };
let ids = { pole: '', box: '', client: '', project: '' };

test.beforeAll(async ({ browser }) => {
  const page = await browser.newPage();
  names = {
    pole: unique('E-P'),
    box: unique('E-CTO'),
    client: unique('E-Ana Conceição'),
    street: unique('Travessa do Açaí'),
  };
  const make = async (kind: string, input: object): Promise<string> => {
    const made = await graphql<Record<string, Record<string, { id: string }>>>(
      page,
      `mutation ($input: Create${kind}Input!) { create${kind}(input: $input) { ${kind.toLowerCase()} { id } } }`,
      { input },
    );
    return Object.values(made[`create${kind}`] ?? {})[0]?.id ?? '';
  };
  const projectId = await make('Project', { name: unique('E-Jardim') });
  const pole = await make('Pole', { name: names.pole, projectId, ...at });
  const box = await make('Box', { name: names.box, projectId, poleId: pole, ...at });
  const client = await make('Client', {
    ...{ name: names.client, projectId, boxId: box, port: 5, address: `${names.street}, 12` },
    ...at,
  });
  await graphql(
    page,
    'mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } } }',
    { input: { element: { kind: 'CLIENT', id: client }, title: 'Roteador trocado' } },
  );
  ids = { pole, box, client, project: projectId };
  await page.close();
});

test('a technician on a phone finds a client by a part of the address, and sees where it is connected', async ({
  page: administrators,
  browser,
}) => {
  const email = 'field@example.net';
  await ensureUser(administrators, {
    ...{ name: 'Caio Campo', email, password: PASSWORD, role: 'Network technician' },
  });
  const page = await freshPage(browser, { locale: 'pt-BR', viewport: { width: 390, height: 844 } });
  await graphql(
    page,
    'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { me { user { id } } } }',
    { email, password: PASSWORD },
  );
  await page.goto('/network/clients');
  await page.getByRole('button', { name: 'Buscar' }).click();
  const field = page.getByRole('combobox', { name: 'Buscar em tudo' });
  await field.fill(names.street.toUpperCase().replace('AÇAÍ', 'acai').slice(3));
  await page.getByRole('option', { name: names.client }).click();
  await expect(page.getByRole('heading', { level: 1, name: names.client })).toBeVisible();
  await expect(page.getByText(`${names.street}, 12`)).toBeVisible();
  await expect(page.getByRole('link', { name: `${names.box} Porta 5` })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Como chegar' })).toHaveAttribute(
    'href',
    'geo:-22.906400,-47.061600?q=-22.906400,-47.061600',
  );
  await expect(page.getByRole('heading', { name: 'Roteador trocado' })).toBeVisible();
  await expectNoSideScroll(page);
  await picture(page, 'element-phone-pt-BR', true);
  await page.getByRole('link', { name: names.pole }).click();
  await expect(
    page.getByRole('link', { name: new RegExp(`^${names.box} .*Planejad`) }),
  ).toBeVisible();
  await page.context().close();
});

test('the history of an element tells a change with before and after', async ({ page }) => {
  await page.goto(`/network/clients/${ids.client}`);
  await expect(page).toHaveTitle(`${names.client} · Fiberkeep`);
  await page.getByRole('button', { name: 'Edit' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Port').fill('6');
  await dialog.getByLabel('Latitude').fill('-22,9065; -47,0617');
  await dialog.getByLabel('Status').selectOption('Suspended');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const history = page.getByRole('region', { name: 'History' });
  const entry = history.getByRole('listitem').first();
  await expect(entry).toContainText('changed it');
  await expect(entry).toContainText('Longitudebefore -47.0616now -47.0617');
  await expect(entry).toContainText('Portbefore 5now 6');
  await expect(entry).toContainText('Statusbefore Activenow Suspended');
  await expect(history.getByRole('listitem').last()).toContainText('created it');
  await expect(page.getByRole('region', { name: 'Place' })).toContainText('-22.906500, -47.061700');
});

test('a list is narrowed in its address, leads to its elements, and Back finds it as it was', async ({
  page,
}) => {
  await page.goto(`/network/projects/${ids.project}`);
  await page.getByRole('link', { name: '1 Poles' }).click();
  await expect(page).toHaveURL(new RegExp(`/network/poles\\?project=${ids.project}$`));
  const table = page.getByRole('table', { name: 'Poles' });
  await expect(table.getByRole('row')).toHaveCount(2);
  await table.getByRole('link', { name: names.pole, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: names.pole })).toBeVisible();
  await page.goBack();
  await expect(table.getByRole('row')).toHaveCount(2);
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(page).toHaveURL(/\/network\/poles$/);
  await expect(table.getByRole('row')).toHaveCount(51);
  const last = table.getByRole('link').nth(-4);
  await last.scrollIntoViewIfNeeded();
  const y = await page.evaluate(() => window.scrollY);
  expect(y).toBeGreaterThan(200);
  const rows = await table.getByRole('row').count();
  await last.click();
  await expect(page.getByRole('region', { name: 'History' })).toBeVisible();
  await page.goBack();
  await expect.poll(() => table.getByRole('row').count()).toBeGreaterThanOrEqual(rows);
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(200);
});

test('an element that is not there is said kindly', async ({ page }) => {
  await page.goto('/network/boxes/01a00000-0000-7000-8000-00000000dead');
  await expect(
    page.getByRole('heading', { level: 1, name: 'This element is not in the network' }),
  ).toBeVisible();
  await expect(page).toHaveTitle(/^This element is not in the network/);
  await page.getByRole('link', { name: 'All boxes' }).click();
  await expect(page.getByRole('table', { name: 'Boxes' })).toBeVisible();
});

for (const kind of ['client', 'box', 'project'] as const)
  test(`the page of a ${kind} is accessible and fits`, async ({ page }) => {
    await page.goto(`/network/${kind === 'box' ? 'boxes' : `${kind}s`}/${ids[kind]}`);
    await expect(page.getByText('created it')).toBeVisible();
    await expect(page.locator('[aria-busy="true"], main [role="progressbar"]')).toHaveCount(0);
    await inspect(page, `element-${kind}`);
  });

test('what the browser finds wrong in a form is said beside the field, in the person’s language', async ({
  browser,
  page: administrators,
}) => {
  const page = await freshPage(browser, {
    locale: 'pt-BR',
    storageState: await administrators.context().storageState(),
  });
  await page.goto(`/network/boxes/${ids.box}`);
  await page.getByRole('button', { name: 'Editar' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Nome').fill('');
  await dialog.getByLabel('Nível').fill('120');
  await dialog.getByRole('button', { name: 'Salvar' }).click();
  await expect(dialog.getByLabel('Nome')).toBeFocused();
  await expect(dialog.getByText('É obrigatório.')).toBeVisible();
  await expect(dialog.getByText('Deve ser de 1 a 9.')).toBeVisible();
  await picture(page, 'form-faults-pt-BR');
  await dialog.getByLabel('Nível').fill('2');
  await expect(dialog.getByText('Deve ser de 1 a 9.')).toBeHidden();
  await page.goto('/network/boxes?new=1');
  await dialog.getByLabel('Nome').fill(names.box.toUpperCase());
  await expect(dialog.getByText('Já existe outro com este nome.')).toBeVisible();
  await page.context().close();
});
