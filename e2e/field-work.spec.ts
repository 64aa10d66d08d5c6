import { ensureUser, graphql } from './support/graphql.ts';
import { expectAccessible, expectNoSideScroll, picture } from './support/look.ts';
import { unique } from './support/names.ts';
import { freshPage, PASSWORD } from './support/people.ts';
import { expect, test } from './support/test.ts';

const at = { lat: -22.9064, lng: -47.0616 };

let names = { box: '', client: '', work: '' };
let ids = { box: '', client: '' };

test.beforeAll(async ({ browser }) => {
  const page = await browser.newPage();
  names = { box: unique('W-CTO'), client: unique('W-Bia'), work: unique('Trocar conector') };
  const make = async (kind: string, input: object): Promise<string> => {
    const made = await graphql<Record<string, { made: { id: string } }>>(
      page,
      `mutation ($input: Create${kind}Input!) { create${kind}(input: $input) { made: ${kind.toLowerCase()} { id } } }`,
      { input },
    );
    return made[`create${kind}`]?.made.id ?? '';
  };
  const box = await make('Box', { name: names.box, ports: 8, ...at });
  const client = await make('Client', { name: names.client, boxId: box, port: 2, ...at });
  const element = { kind: 'CLIENT', id: client };
  await make('Post', { element, title: names.work, work: 'OPEN', dueOn: '2026-01-15' });
  ids = { box, client };
  await page.close();
});

test('a technician on a phone sees the port, and marks overdue work as done in one tap', async ({
  page: administrators,
  browser,
}) => {
  const email = 'field-work@example.net';
  await ensureUser(administrators, {
    ...{ name: 'Duda Campo', email, password: PASSWORD, role: 'Network technician' },
  });
  const page = await freshPage(browser, { locale: 'pt-BR', viewport: { width: 390, height: 844 } });
  await graphql(
    page,
    'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { me { user { id } } } }',
    { email, password: PASSWORD },
  );
  await page.goto(`/network/clients/${ids.client}`);
  const work = page.getByRole('region', { name: 'Serviço pendente' });
  await expect(work.getByText('Atrasado · até 15 de jan. de 2026')).toBeVisible();
  await expectNoSideScroll(page);
  await expectAccessible(page);
  await picture(page, 'open-work-phone');
  await work.getByRole('button', { name: `Concluir “${names.work}”` }).click();
  await expect(work).toBeHidden();
  await page.goto(`/network/boxes/${ids.box}`);
  const ports = page.getByRole('region', { name: 'Portas de clientes' });
  await expect(ports.getByText('7 livres de 8')).toBeVisible();
  await expect(ports.getByRole('listitem').nth(1)).toContainText(names.client);
  await expectNoSideScroll(page);
  await expectAccessible(page);
  await picture(page, 'ports-phone', true);
  await page.context().close();
});

test('a form offers the ports that are free, and its own', async ({ page }) => {
  await page.goto(`/network/clients/${ids.client}`);
  await page.getByRole('button', { name: 'Edit' }).click();
  const port = page.getByRole('dialog').getByLabel('Port');
  await expect(port.getByRole('option')).toHaveText([
    ...['No port', '1', '2', '3', '4', '5', '6', '7', '8'],
  ]);
  await picture(page, 'port-field');
  await port.selectOption('7');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Port 7').first()).toBeVisible();
  await page.goto('/posts?work=open');
  await expect(page.getByRole('link', { name: 'Open work' })).toHaveAttribute(
    'aria-current',
    'page',
  );
  await picture(page, 'open-work');
});
