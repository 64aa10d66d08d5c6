import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestGraphQL, type SignedInClient, type TestGraphQL } from '#testing/graphql.ts';

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
  'mutation ($input: RoleInput!) { createRole(input: $input) { role { id name actions builtIn userCount } } }';
const UPDATE =
  'mutation ($id: ID!, $input: RoleInput!) { updateRole(id: $id, input: $input) { role { name actions } } }';
const DELETE = 'mutation ($id: ID!) { deleteRole(id: $id) { id } }';

async function roleId(name: string): Promise<string> {
  return (await graphql.server.plant.role.findUniqueOrThrow({ where: { name } })).id;
}

async function create(name: string, actions: string[] = []): Promise<string> {
  const answer = await root.send(CREATE, { input: { name, actions } });
  return answer.read<{ role: { id: string } }>('createRole').role.id;
}

describe('a role of one’s own', () => {
  test('keeps its actions once each, in the order of the list', async () => {
    const actions = ['network.view', 'backup.view', 'network.view'];
    const { data } = await root.send(CREATE, { input: { name: ' Night shift ', actions } });
    expect(data).toMatchObject({
      createRole: {
        role: {
          name: 'Night shift',
          actions: ['backup.view', 'network.view'],
          builtIn: false,
          userCount: 0,
        },
      },
    });
  });

  test.each(['administrator', 'Аdministrator', 'Adrninistrator', 'SeIIer'])(
    'is not called %s, which people could take for another role',
    async (name) => {
      const made = await root.send(CREATE, { input: { name, actions: [] } });
      const fields = [expect.objectContaining({ path: 'input.name', reason: 'roleNameLooksLike' })];
      expect(made.errors[0]?.extensions).toMatchObject({ code: 'VALIDATION_FAILED', fields });
      const id = await create(`Role of ${randomUUID()}`);
      const renamed = await root.send(UPDATE, { id, input: { name, actions: [] } });
      expect(renamed.errors[0]?.extensions).toMatchObject({ code: 'VALIDATION_FAILED', fields });
    },
  );

  test('may be written otherwise than before', async () => {
    const id = await create('evening shift');
    const input = { name: 'Evening shift', actions: [] };
    expect((await root.send(UPDATE, { id, input })).code).toBe(null);
  });

  test('changes what its people may do at once', async () => {
    const id = await create('Trainee', ['network.view']);
    const trainee = await graphql.signedInAs('Trainee');
    const input = { name: 'Trainee', actions: ['network.view', 'audit.view'] };
    expect((await trainee.send('{ auditEvents { totalCount } }')).code).toBe('FORBIDDEN');
    expect((await root.send(UPDATE, { id, input })).code).toBe(null);
    expect((await trainee.send('{ auditEvents { totalCount } }')).code).toBe(null);
    const event = await graphql.server.vault.auditEvent.findFirst({
      where: { targetId: id, action: 'roles.update' },
    });
    expect(event?.detail).toEqual({ given: ['audit.view'], taken: [] });
  });

  test('cannot be deleted while people have it', async () => {
    const id = await create('Guest');
    const guest = await graphql.signedInAs('Guest');
    const refused = await root.send(DELETE, { id });
    expect(refused).toMatchObject({ status: 409, code: 'CONFLICT' });
    expect(refused.errors[0]?.message).toBe('1 person has the role “Guest”.');
    await root.send(`mutation { deleteUser(id: "${guest.id}") { id } }`);
    expect((await root.send(DELETE, { id })).data).toEqual({ deleteRole: { id } });
    expect((await root.send(DELETE, { id })).code).toBe('NOT_FOUND');
  });

  const refused: [string, Record<string, unknown>, string][] = [
    ['no name', { name: '', actions: [] }, 'input.name'],
    ['101 characters', { name: 'x'.repeat(101), actions: [] }, 'input.name'],
    ['a control character', { name: 'a\u0007', actions: [] }, 'input.name'],
    ['the name of another', { name: 'Manager', actions: [] }, 'input.name'],
    ['an action that is not there', { name: 'Pilot', actions: ['backup.fly'] }, 'input.actions'],
  ];
  for (const [what, input, path] of refused)
    test(`is refused with ${what}`, async () => {
      const answer = await root.send(CREATE, { input });
      expect(answer.code).toBe('VALIDATION_FAILED');
      expect(answer.errors[0]?.extensions.fields.map((field) => field.path)).toEqual([path]);
    });
});

describe('nobody gives or takes actions that they lack:', () => {
  test('a user manager makes no role that may do more than they', async () => {
    const office = await graphql.signedInAs('Office');
    const more = { name: 'Sly', actions: ['backup.delete'] };
    expect((await office.send(CREATE, { input: more })).code).toBe('FORBIDDEN');
    const less = { name: 'Plain', actions: ['network.view'] };
    expect((await office.send(CREATE, { input: less })).code).toBe(null);
  });

  test('a user manager widens neither their own role nor narrows that of another', async () => {
    const office = await graphql.signedInAs('Office');
    const own = { name: 'Office', actions: ['users.manage', 'network.view', 'backup.delete'] };
    expect((await office.send(UPDATE, { id: await roleId('Office'), input: own })).code).toBe(
      'FORBIDDEN',
    );
    const manager = { name: 'Manager', actions: ['network.view'] };
    expect((await office.send(UPDATE, { id: await roleId('Manager'), input: manager })).code).toBe(
      'FORBIDDEN',
    );
  });
});

describe('the built-in roles', () => {
  test('are not deleted and keep their names', async () => {
    for (const name of ['Administrator', 'Manager', 'Support']) {
      const id = await roleId(name);
      expect((await root.send(DELETE, { id })).code).toBe('CONFLICT');
      const { actions } = await graphql.server.plant.role.findUniqueOrThrow({ where: { id } });
      const renamed = { name: 'Other', actions };
      expect((await root.send(UPDATE, { id, input: renamed })).code).toBe('CONFLICT');
    }
  });

  test('may be given other actions, but Administrator not', async () => {
    const seller = { name: 'Seller', actions: ['network.view', 'network.edit'] };
    expect((await root.send(UPDATE, { id: await roleId('Seller'), input: seller })).code).toBe(
      null,
    );
    const administrator = { name: 'Administrator', actions: ['users.manage'] };
    const id = await roleId('Administrator');
    expect((await root.send(UPDATE, { id, input: administrator })).code).toBe('CONFLICT');
    expect((await root.send('{ auditEvents { totalCount } }')).code).toBe(null);
  });

  test('of nobody are NOT_FOUND', async () => {
    const input = { name: 'X', actions: [] };
    for (const id of [randomUUID(), '', 'Administrator'])
      for (const query of [UPDATE, DELETE])
        expect((await root.send(query, { id, input })).code).toBe('NOT_FOUND');
  });
});
