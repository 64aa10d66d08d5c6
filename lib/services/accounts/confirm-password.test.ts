import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  openTestGraphQL,
  PASSWORD,
  type SignedInClient,
  type TestGraphQL,
} from '#testing/graphql.ts';

const createRole = 'mutation { createRole(input: { name: "New", actions: [] }) { role { name } } }';
const confirm =
  'mutation ($password: String!) { confirmPassword(password: $password) { goodUntil } }';

let graphql: TestGraphQL;
let ana: SignedInClient;

beforeAll(async () => {
  graphql = await openTestGraphQL();
  ana = await graphql.signedInAs('Administrator');
});
afterAll(() => graphql[Symbol.asyncDispose]());

test('a change of access takes a password of the last five minutes, given in this session', async () => {
  const { vault } = graphql.server;
  const elsewhere = await graphql.anyone.signIn(ana.email, PASSWORD);
  const [newest] = await vault.session.findMany({ orderBy: { createdAt: 'desc' } });
  await vault.session.updateMany({
    where: { id: newest?.id },
    data: { passwordAt: new Date(Date.now() - 5 * 60_000 - 1) },
  });
  const refused = await elsewhere.send(createRole);
  expect(refused.errors[0]?.extensions).toMatchObject({
    code: 'FORBIDDEN',
    reason: 'passwordNeeded',
  });
  const wrong = await elsewhere.send(confirm, { password: 'not it' });
  expect(wrong.errors[0]?.extensions.fields).toMatchObject([
    { path: 'password', reason: 'wrongPassword' },
  ]);
  expect((await elsewhere.send(createRole)).code).toBe('FORBIDDEN');
  const { goodUntil } = (await elsewhere.send(confirm, { password: PASSWORD })).read<{
    goodUntil: string;
  }>('confirmPassword');
  expect(new Date(goodUntil).getTime()).toBeGreaterThan(Date.now());
  expect((await elsewhere.send(createRole)).code).toBeNull();
});

test('the own password cannot be changed as one of the accounts without giving it', async () => {
  const { vault } = graphql.server;
  await vault.session.updateMany({ data: { passwordAt: new Date(0) } });
  const update =
    'mutation ($id: ID!) { updateUser(id: $id, input: { password: "another long password" }) { user { id } } }';
  const refused = await ana.send(update, { id: ana.id });
  expect(refused.errors[0]?.extensions.reason).toBe('passwordNeeded');
  await graphql.anyone.signIn(ana.email, PASSWORD);
});

test('the recovery kit takes every action there is', async () => {
  const all = await graphql.server.plant.role.findUniqueOrThrow({
    where: { name: 'Administrator' },
  });
  const most = all.actions.filter((action) => action !== 'audit.view');
  await graphql.server.plant.role.create({ data: { name: 'Most', actions: most } });
  const bia = await graphql.signedInAs('Most');
  const show =
    'mutation ($password: String!) { recoveryKit(password: $password) { kit { serverId } } }';
  const refused = await bia.send(show, { password: PASSWORD });
  expect(refused.errors[0]?.extensions).toMatchObject({
    reason: 'takesEveryAction',
    params: { actions: 'audit.view' },
  });
});

test('fewer backups are kept only by somebody who may delete them', async () => {
  const actions = ['backup.view', 'backup.configure'];
  await graphql.server.plant.role.create({ data: { name: 'Scheduler', actions } });
  const rui = await graphql.signedInAs('Scheduler');
  const keep = (numbers: string) =>
    rui.send(`mutation { updateSchedule(input: { ${numbers} }) { schedule { keepLast } } }`);
  expect((await keep('keepLast: 8')).code).toBeNull();
  const refused = await keep('keepLast: 1');
  expect(refused.errors[0]?.extensions).toMatchObject({
    code: 'FORBIDDEN',
    params: { action: 'backup.delete' },
  });
  expect((await keep('keepLast: 8, keepDaily: 29')).code).toBe('FORBIDDEN');
  expect((await graphql.server.vault.schedule.findFirstOrThrow()).keepLast).toBe(8);
});

test('a role is renamed only by somebody who has all of its actions', async () => {
  const { plant } = graphql.server;
  await plant.role.create({ data: { name: 'People', actions: ['users.manage'] } });
  const eva = await graphql.signedInAs('People');
  const stronger = await plant.role.create({
    data: { name: 'Strong', actions: ['backup.delete'] },
  });
  const rename =
    'mutation ($id: ID!) { updateRole(id: $id, input: { name: "Weak", actions: ["backup.delete"] }) { role { id } } }';
  const refused = await eva.send(rename, { id: stronger.id });
  expect(refused.errors[0]?.extensions).toMatchObject({
    code: 'FORBIDDEN',
    reason: 'mayDoMoreThanYou',
  });
});
