import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '#config';
import { openTestGraphQL, type TestGraphQL } from '#testing/graphql.ts';
import { ensureFirstAdministrator, seedRoles } from './set-up.ts';

let graphql: TestGraphQL;
beforeEach(async () => {
  graphql = await openTestGraphQL();
});
afterEach(() => graphql[Symbol.asyncDispose]());

const SET_UP =
  'mutation ($token: String!, $input: SetUpServerInput!) { setUpServer(token: $token, input: $input) { me { user { email role { name } } actions } } }';
const ana = { name: 'Ana', email: 'Ana@Example.net', password: 'a long password' };

/** The token of the link that the terminal shows. */
async function linkToken(): Promise<string> {
  const path = await ensureFirstAdministrator(graphql.server);
  const token = /^\/set-up\?token=([\w-]{43})$/.exec(path ?? '')?.[1];
  if (!token) throw new Error(`no link: ${path}`);
  return token;
}

const setUp = (token: string, input: object = ana) => graphql.anyone.send(SET_UP, { token, input });

function configured(config: Partial<Config>) {
  return { ...graphql.server, config: { ...graphql.server.config, ...config } };
}

describe('the one-time link', () => {
  test('makes the first administrator and signs in', async () => {
    const answer = await setUp(await linkToken());
    expect(answer.data).toMatchObject({
      setUpServer: { me: { user: { email: 'ana@example.net', role: { name: 'Administrator' } } } },
    });
    expect(answer.headers.get('set-cookie')).toMatch(/^fiberkeep_session=[\w-]{43};/);
    await graphql.anyone.signIn('ana@example.net', ana.password);
    expect(await ensureFirstAdministrator(graphql.server)).toBe(null);
  });

  test('works once', async () => {
    const token = await linkToken();
    await setUp(token);
    const again = await setUp(token, { ...ana, email: 'eve@example.net' });
    expect(again).toMatchObject({ status: 403, code: 'SETUP_LINK_INVALID' });
    expect(await graphql.server.plant.user.count()).toBe(1);
  });

  test('works for one of two who open it at the same instant', async () => {
    const token = await linkToken();
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((who) => setUp(token, { ...ana, email: `${who}@example.net` })),
    );
    expect(answers.map((answer) => answer.code).sort()).toEqual([
      'SETUP_LINK_INVALID',
      'SETUP_LINK_INVALID',
      'SETUP_LINK_INVALID',
      null,
    ]);
    expect(await graphql.server.plant.user.count()).toBe(1);
  });

  test('ends when a newer one is printed', async () => {
    const older = await linkToken();
    const newer = await linkToken();
    expect((await setUp(older)).code).toBe('SETUP_LINK_INVALID');
    expect((await setUp(newer)).code).toBe(null);
  });

  test('does nothing once somebody is there by another way', async () => {
    const token = await linkToken();
    await graphql.signedInAs('Seller');
    expect((await setUp(token)).code).toBe('SETUP_LINK_INVALID');
  });

  test('stays good where the input is refused, which names each wrong field', async () => {
    const token = await linkToken();
    const refused = await setUp(token, { name: ' ', email: 'nobody', password: 'short' });
    expect(refused.errors[0]?.extensions.fields.map((field) => field.path)).toEqual([
      'input.name',
      'input.email',
      'input.password',
    ]);
    expect((await setUp(token)).code).toBe(null);
  });

  test('is not guessed', async () => {
    await linkToken();
    for (const token of ['', 'x', '0'.repeat(43), 'a\u0000'])
      expect((await setUp(token)).code).toBe('SETUP_LINK_INVALID');
  });

  test('is kept as a hash, and the deed written down', async () => {
    const token = await linkToken();
    const rows = await graphql.server.pool.query('SELECT t::text FROM vault.setup_token t');
    expect(JSON.stringify(rows.rows)).not.toContain(token);
    await setUp(token);
    const events = await graphql.server.vault.auditEvent.findMany({ orderBy: { id: 'asc' } });
    expect(events.map((event) => event.action)).toEqual(['server.set-up', 'session.sign-in']);
  });
});

describe('ADMIN_EMAIL and ADMIN_PASSWORD', () => {
  test('make the first administrator, and no second one at the next start', async () => {
    const adminEmail = 'Root@Example.net';
    const server = configured({ adminEmail, adminPassword: 'a long password' });
    expect(await ensureFirstAdministrator(server)).toBe(null);
    expect(await ensureFirstAdministrator(server)).toBe(null);
    const client = await graphql.anyone.signIn('root@example.net', 'a long password');
    expect((await client.send('{ roles { name } }')).code).toBe(null);
    expect(await graphql.server.plant.user.count()).toBe(1);
  });

  test('may be as short as the operator answers for', async () => {
    const server = configured({ adminEmail: 'root@example.net', adminPassword: 'short' });
    expect(await ensureFirstAdministrator(server)).toBe(null);
    const client = await graphql.anyone.signIn('root@example.net', 'short');
    expect((await client.send('{ roles { name } }')).code).toBe(null);
  });

  test('make nobody where users exist', async () => {
    await graphql.signedInAs('Seller');
    const server = configured({ adminEmail: 'eve@example.net', adminPassword: 'a long password' });
    expect(await ensureFirstAdministrator(server)).toBe(null);
    expect(await graphql.server.plant.user.count()).toBe(1);
  });

  const refused: [Partial<Config>, RegExp][] = [
    [{ adminEmail: 'root@example.net' }, /ADMIN_PASSWORD is not set/],
    [{ adminPassword: 'a long password' }, /ADMIN_EMAIL is not set/],
    [{ adminEmail: 'root', adminPassword: 'a long password' }, /ADMIN_EMAIL: Must be an e-mail/],
    [
      { adminEmail: 'root@example.net', adminPassword: 'x'.repeat(1_001) },
      /ADMIN_PASSWORD: At most 1,000/,
    ],
  ];
  for (const [config, message] of refused)
    test(`are refused as ${JSON.stringify(config).slice(0, 80)}, naming the variable`, async () => {
      await expect(ensureFirstAdministrator(configured(config))).rejects.toThrow(message);
      await expect(ensureFirstAdministrator(configured(config))).rejects.toMatchObject({
        code: 'CONFIGURATION_INVALID',
      });
    });
});

describe('the built-in roles', () => {
  test('stay as people changed them, but Administrator gets every action again', async () => {
    const { role } = graphql.server.plant;
    await role.update({ where: { name: 'Seller' }, data: { actions: ['audit.view'] } });
    await role.update({ where: { name: 'Administrator' }, data: { actions: [] } });
    await role.delete({ where: { name: 'Monitor' } });
    await Promise.all([seedRoles(graphql.server), seedRoles(graphql.server)]);
    const seller = await role.findUniqueOrThrow({ where: { name: 'Seller' } });
    const administrator = await role.findUniqueOrThrow({ where: { name: 'Administrator' } });
    expect(seller.actions).toEqual(['audit.view']);
    expect(administrator.actions).toHaveLength(15);
    expect(await role.count()).toBe(7);
  });

  test('are not written again at a start that changes nothing', async () => {
    const before = await graphql.server.plant.role.findMany({ orderBy: { id: 'asc' } });
    await seedRoles(graphql.server);
    expect(await graphql.server.plant.role.findMany({ orderBy: { id: 'asc' } })).toEqual(before);
  });
});
