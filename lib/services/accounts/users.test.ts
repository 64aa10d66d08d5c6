import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  openTestGraphQL,
  PASSWORD,
  type SignedInClient,
  type TestGraphQL,
} from '#testing/graphql.ts';

let graphql: TestGraphQL;
let root: SignedInClient;
beforeAll(async () => {
  graphql = await openTestGraphQL();
  root = await graphql.signedInAs('Administrator');
  await graphql.server.plant.role.create({
    data: { name: 'Office', actions: ['users.manage', 'network.view'] },
  });
});
afterAll(() => graphql[Symbol.asyncDispose]());

const CREATE =
  'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id email name } } }';
const UPDATE =
  'mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { user { id name disabled role { name } } } }';
const DELETE = 'mutation ($id: ID!) { deleteUser(id: $id) { id } }';

async function roleId(name: string): Promise<string> {
  return (await graphql.server.plant.role.findUniqueOrThrow({ where: { name } })).id;
}

async function newUser(changes: Record<string, unknown> = {}) {
  const email = `${randomUUID()}@example.net`;
  return {
    email,
    name: 'Bia',
    password: 'a long password',
    roleId: await roleId('Seller'),
    ...changes,
  };
}

const isSignedIn = async (client: SignedInClient) =>
  (await client.send('{ sessions { id } }')).code === null;

describe('making a user', () => {
  test('lets them sign in, says who made them, and writes it down', async () => {
    const input = await newUser({ email: ' Bia.Souza@Example.NET ' });
    const made = await root.send(CREATE, { input });
    expect(made.data).toMatchObject({ createUser: { user: { email: 'bia.souza@example.net' } } });
    await graphql.anyone.signIn('bia.souza@example.net', 'a long password');
    const row = await graphql.server.plant.user.findUniqueOrThrow({
      where: { email: 'bia.souza@example.net' },
    });
    expect(row).toMatchObject({ createdById: root.id, updatedById: root.id });
    const event = await graphql.server.vault.auditEvent.findFirst({ where: { targetId: row.id } });
    expect(event).toMatchObject({ action: 'users.create', actorId: root.id, outcome: 'DONE' });
    expect(JSON.stringify(event)).not.toContain('a long password');
  });

  test('keeps names as they are typed: HTML, emoji, right to left', async () => {
    for (const name of ['<script>alert(1)</script>', '😀 José', 'שלום', "O'Neil -- DROP TABLE"]) {
      const { data } = await root.send(CREATE, { input: await newUser({ name }) });
      expect(data).toMatchObject({ createUser: { user: { name } } });
    }
  });

  const refused: [string, Record<string, unknown>, string][] = [
    ['an empty name', { name: '' }, 'input.name'],
    ['a name of 201 characters', { name: 'x'.repeat(201) }, 'input.name'],
    ['a name of 100,000 characters', { name: 'x'.repeat(100_000) }, 'input.name'],
    ['a name with a NUL', { name: 'a\u0000b' }, 'input.name'],
    ['an e-mail without @', { email: 'bia' }, 'input.email'],
    ['an e-mail with a space', { email: 'b ia@example.net' }, 'input.email'],
    ['an e-mail with a NUL', { email: 'b\u0000@example.net' }, 'input.email'],
    ['an e-mail of 255 characters', { email: `${'x'.repeat(243)}@example.net` }, 'input.email'],
    ['a password of nine characters', { password: '123456789' }, 'input.password'],
    [
      'the e-mail as password',
      { email: 'x@example.net', password: 'X@example.net' },
      'input.password',
    ],
  ];
  for (const [what, changes, path] of refused)
    test(`refuses ${what}`, async () => {
      const answer = await root.send(CREATE, { input: await newUser(changes) });
      expect(answer.code).toBe('VALIDATION_FAILED');
      expect(answer.errors[0]?.extensions.fields.map((field) => field.path)).toEqual([path]);
    });

  test('refuses an e-mail that somebody has, also of two at the same instant', async () => {
    const input = await newUser();
    const answers = await Promise.all([1, 2, 3].map(() => root.send(CREATE, { input })));
    expect(answers.map((answer) => answer.code).sort()).toEqual([
      'VALIDATION_FAILED',
      'VALIDATION_FAILED',
      null,
    ]);
    const shouted = await root.send(CREATE, {
      input: { ...input, email: input.email.toUpperCase() },
    });
    expect(shouted.errors[0]?.extensions.fields).toMatchObject([
      { path: 'input.email', reason: 'emailTaken' },
    ]);
  });

  test('refuses a role that is not there', async () => {
    for (const id of [randomUUID(), 'Administrator', '']) {
      const answer = await root.send(CREATE, { input: await newUser({ roleId: id }) });
      expect(answer.code).toBe('NOT_FOUND');
    }
  });
});

describe('nobody gives more than they have:', () => {
  test('a user manager makes no administrator, and that is written down', async () => {
    const office = await graphql.signedInAs('Office');
    const input = await newUser({ roleId: await roleId('Administrator') });
    const refused = await office.send(CREATE, { input });
    expect(refused).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect((await office.send(CREATE, { input: await newUser() })).code).toBe(null);
    const event = await graphql.server.vault.auditEvent.findFirst({
      where: { actorId: office.id, outcome: 'REFUSED' },
    });
    expect(event).toMatchObject({ action: 'users.create', targetName: 'Bia' });
  });

  test('a user manager promotes nobody above themselves, themselves included', async () => {
    const office = await graphql.signedInAs('Office');
    const seller = await graphql.signedInAs('Seller');
    const input = { roleId: await roleId('Manager') };
    expect((await office.send(UPDATE, { id: seller.id, input })).code).toBe('FORBIDDEN');
    expect((await office.send(UPDATE, { id: office.id, input })).code).toBe('FORBIDDEN');
  });

  test('a user manager takes over no account that may do more', async () => {
    const office = await graphql.signedInAs('Office');
    const inputs = [{ password: 'a new password' }, { email: 'e@example.net' }, { disabled: true }];
    for (const input of inputs)
      expect((await office.send(UPDATE, { id: root.id, input })).code).toBe('FORBIDDEN');
    expect((await office.send(DELETE, { id: root.id })).code).toBe('FORBIDDEN');
    expect(await isSignedIn(root)).toBe(true);
  });
});

describe('changing a user', () => {
  test('keeps what is left out and says in the log what changed', async () => {
    const seller = await graphql.signedInAs('Seller');
    const { data } = await root.send(UPDATE, { id: seller.id, input: { name: 'New name' } });
    expect(data).toMatchObject({
      updateUser: { user: { name: 'New name', disabled: false, role: { name: 'Seller' } } },
    });
    expect(await isSignedIn(seller)).toBe(true);
    const event = await graphql.server.vault.auditEvent.findFirst({
      where: { targetId: seller.id, action: 'users.update' },
    });
    expect(event?.detail).toEqual({ name: { from: seller.name, to: 'New name' } });
  });

  const ending: [string, () => Promise<Record<string, unknown>>][] = [
    ['another password', async () => ({ password: 'another password' })],
    ['another role', async () => ({ roleId: await roleId('Support') })],
    ['being disabled', async () => ({ disabled: true })],
  ];
  for (const [what, input] of ending)
    test(`ends their sessions with ${what}`, async () => {
      const seller = await graphql.signedInAs('Seller');
      expect((await root.send(UPDATE, { id: seller.id, input: await input() })).code).toBe(null);
      expect(await isSignedIn(seller)).toBe(false);
      const open = await graphql.server.vault.session.count({
        where: { userId: seller.id, revokedAt: null },
      });
      expect(open).toBe(0);
    });

  test('opens no old session again when the account is enabled', async () => {
    const seller = await graphql.signedInAs('Seller');
    await root.send(UPDATE, { id: seller.id, input: { disabled: true } });
    await root.send(UPDATE, { id: seller.id, input: { disabled: false } });
    expect(await isSignedIn(seller)).toBe(false);
    await graphql.anyone.signIn(seller.email, PASSWORD);
  });

  test('writes nothing, and ends no session, from a page of before a restore', async () => {
    const seller = await graphql.signedInAs('Seller');
    const stale = { 'x-plant-epoch': '0' };
    const change = { id: seller.id, input: { disabled: true } };
    expect(await root.send(UPDATE, change, stale)).toMatchObject({
      status: 409,
      code: 'PLANT_RESTORED_MEANWHILE',
    });
    expect(await isSignedIn(seller)).toBe(true);
    expect((await root.send(UPDATE, change, { 'x-plant-epoch': '1' })).code).toBe(null);
  });

  test('of nobody is NOT_FOUND', async () => {
    for (const id of [randomUUID(), '', 'x', '%'])
      for (const query of [UPDATE, DELETE])
        expect((await root.send(query, { id, input: {} })).code).toBe('NOT_FOUND');
  });
});

describe('the last administrator', () => {
  test('is neither disabled, demoted nor deleted, by anybody', async () => {
    const inputs = [{ disabled: true }, { roleId: await roleId('Seller') }];
    for (const input of inputs)
      expect((await root.send(UPDATE, { id: root.id, input })).code).toBe('CONFLICT');
    expect((await root.send(DELETE, { id: root.id })).code).toBe('CONFLICT');
    expect(await isSignedIn(root)).toBe(true);
  });

  test('is one who can sign in: a disabled second one does not count', async () => {
    const second = await graphql.signedInAs('Administrator');
    await root.send(UPDATE, { id: second.id, input: { disabled: true } });
    expect((await root.send(DELETE, { id: root.id })).code).toBe('CONFLICT');
    expect((await root.send(DELETE, { id: second.id })).code).toBe(null);
  });

  test('stays when two administrators remove each other at the same instant', async () => {
    for (let round = 0; round < 5; round++) {
      const second = await graphql.signedInAs('Administrator');
      const input = { roleId: await roleId('Seller') };
      const codes = await Promise.all([
        root.send(UPDATE, { id: second.id, input }),
        second.send(UPDATE, { id: root.id, input }),
      ]);
      expect(codes.filter((answer) => answer.code === null)).toHaveLength(1);
      const left = await graphql.server.plant.user.findMany({
        where: { disabled: false, role: { name: 'Administrator' } },
      });
      expect(left).toHaveLength(1);
      if (left[0]?.id !== root.id) {
        const administrator = { roleId: await roleId('Administrator') };
        await second.send(UPDATE, { id: root.id, input: administrator });
        root = Object.assign(await graphql.anyone.signIn(root.email, PASSWORD), {
          id: root.id,
          email: root.email,
          name: root.name,
        });
        await root.send(UPDATE, { id: second.id, input });
      }
    }
  });
});

describe('deleting a user', () => {
  test('ends their sessions and leaves a line in the log', async () => {
    const seller = await graphql.signedInAs('Seller');
    expect((await root.send(DELETE, { id: seller.id })).data).toEqual({
      deleteUser: { id: seller.id },
    });
    expect(await isSignedIn(seller)).toBe(false);
    const event = await graphql.server.vault.auditEvent.findFirst({
      where: { targetId: seller.id, action: 'users.delete' },
    });
    expect(event).toMatchObject({ outcome: 'DONE', targetName: seller.name });
  });
});

describe('the list of users', () => {
  test('shows each once, page by page, while others are made', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const answer = await root.send(
        'query ($after: String) { users(first: 3, after: $after) { totalCount nodes { email } pageInfo { hasNextPage endCursor } } }',
        { after },
      );
      const page = answer.read<{
        nodes: { email: string }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      }>('users');
      seen.push(...page.nodes.map((user) => user.email));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      await root.send(CREATE, { input: await newUser({ email: '0-first@example.net' }) });
    } while (after !== null);
    const rows = await graphql.server.plant.user.findMany();
    const known = rows.map((user) => user.email).filter((email) => email !== '0-first@example.net');
    expect(seen.sort()).toEqual(known.sort());
  });

  test('is searched in name and e-mail, wild cards being plain characters', async () => {
    await root.send(CREATE, { input: await newUser({ name: '100% João_Silva' }) });
    const search = async (text: string) => {
      const query = 'query ($text: String) { users(search: $text) { nodes { name } } }';
      const answer = await root.send(query, { text });
      const { nodes } = answer.read<{ nodes: { name: string }[] }>('users');
      return nodes.map((user) => user.name);
    };
    expect(await search('joão_s')).toEqual(['100% João_Silva']);
    expect(await search('0%')).toEqual(['100% João_Silva']);
    expect(await search('%%')).toEqual([]);
    expect(await search('jo_o')).toEqual([]);
    expect(await search('joao_silva')).toEqual(['100% João_Silva']);
    expect(await search('JOA\u0303O')).toEqual(['100% João_Silva']);
    expect(await search('\u0000joão')).toEqual(['100% João_Silva']);
  });

  test('refuses cursors that it did not give, and pages of nothing', async () => {
    for (const args of ['after: "x"', 'after: "WzFd"', 'after: ""', 'first: 0', 'first: -1'])
      expect((await root.send(`{ users(${args}) { totalCount } }`)).code).toBe('VALIDATION_FAILED');
  });
});
