import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { migrate } from '#prisma/migrate.ts';
import { openTestDatabase, type TestDatabase } from '#testing/database.ts';
import { looksSame } from '#text/looks-same.ts';
import { settleAccounts } from './accounts.ts';

const STAGE = 'plant_stage_ab';
let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await openTestDatabase();
  await migrate(database.url, 'plant', STAGE);
  client = await database.connect();
});

afterAll(async () => {
  await client?.end();
  await database?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  for (const schema of ['plant', STAGE])
    await client.query(`TRUNCATE ${schema}.user_account, ${schema}.role`);
});

/** Readable ids: `id(7)` is a UUID that ends in 7. */
const id = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const ADMIN = id(901);
const VIEWER = id(902);

async function role(schema: string, roleId: string, name: string, actions: string[]) {
  await client.query(
    `INSERT INTO ${schema}.role (id, name, actions, updated_at) VALUES ($1, $2, $3, now())`,
    [roleId, name, actions],
  );
}

interface Account {
  readonly id: string;
  readonly email: string;
  readonly roleId?: string;
  readonly hash?: string;
  readonly disabled?: boolean;
}

async function account(schema: string, given: Account) {
  await client.query(
    `INSERT INTO ${schema}.user_account (id, email, name, password_hash, disabled, role_id, updated_at)
     VALUES ($1, $2, $2, $3, $4, $5, now())`,
    [given.id, given.email, given.hash ?? 'hash', given.disabled ?? false, given.roleId ?? ADMIN],
  );
}

async function usualRoles(...schemas: string[]) {
  for (const schema of schemas) {
    await role(schema, ADMIN, 'Administrator', ['users.manage', 'backup.restore']);
    await role(schema, VIEWER, 'Viewer', ['network.view']);
  }
}

async function accounts(schema = STAGE) {
  const { rows } = await client.query(
    `SELECT u.id, u.email, u.password_hash AS hash, u.disabled, r.name AS role, r.actions
       FROM ${schema}.user_account u JOIN ${schema}.role r ON r.id = u.role_id ORDER BY u.id`,
  );
  return rows;
}

const settle = (...enable: string[]) =>
  settleAccounts(client, { outgoing: 'plant', incoming: STAGE, enable, looksSame });

const rolesIn = async (schema: string) =>
  (await client.query(`SELECT name, actions FROM ${schema}.role ORDER BY id`)).rows;

test('an account in both plants is today’s in everything', async () => {
  await usualRoles('plant', STAGE);
  await account(STAGE, { id: id(1), email: 'old@x', hash: 'old', roleId: ADMIN });
  await account('plant', {
    id: id(1),
    email: 'new@x',
    hash: 'new',
    roleId: VIEWER,
    disabled: true,
  });
  const changes = await settle();
  expect(await accounts()).toEqual(await accounts('plant'));
  expect(changes).toEqual({ disabled: [], enabled: [], renamed: [], kept: [], roles: [] });
});

test('two accounts that exchanged their e-mails, and two roles their names, stay exchanged', async () => {
  await usualRoles('plant', STAGE);
  await client.query(`UPDATE ${STAGE}.role SET name = 'x' WHERE id = $1`, [ADMIN]);
  await client.query(`UPDATE ${STAGE}.role SET name = 'Administrator' WHERE id = $1`, [VIEWER]);
  await client.query(`UPDATE ${STAGE}.role SET name = 'Viewer' WHERE id = $1`, [ADMIN]);
  await account(STAGE, { id: id(1), email: 'one@x' });
  await account(STAGE, { id: id(2), email: 'two@x' });
  await account('plant', { id: id(1), email: 'two@x' });
  await account('plant', { id: id(2), email: 'one@x' });
  await settle();
  expect(await accounts()).toEqual(await accounts('plant'));
  expect(await rolesIn(STAGE)).toEqual(await rolesIn('plant'));
});

test('an account made since the backup is carried over, with its role', async () => {
  await usualRoles('plant', STAGE);
  await role('plant', id(910), 'Auditor', ['audit.view']);
  await account('plant', { id: id(1), email: 'root@x' });
  await account(STAGE, { id: id(1), email: 'root@x' });
  await account('plant', { id: id(2), email: 'new@x', hash: 'mine', roleId: id(910) });
  const changes = await settle();
  expect(changes.kept).toEqual([{ id: id(2), email: 'new@x' }]);
  expect(await accounts()).toEqual(await accounts('plant'));
});

test('an account deleted since comes back disabled, unless it is to be enabled', async () => {
  await usualRoles('plant', STAGE);
  await account('plant', { id: id(1), email: 'root@x' });
  await account(STAGE, { id: id(1), email: 'root@x' });
  await account(STAGE, { id: id(2), email: 'left@x' });
  await account(STAGE, { id: id(3), email: 'back@x', disabled: true });
  const changes = await settle(id(3), id(1), id(99));
  expect(changes.disabled).toEqual([{ id: id(2), email: 'left@x' }]);
  expect(changes.enabled).toEqual([{ id: id(3), email: 'back@x' }]);
  expect(await accounts()).toMatchObject([
    { id: id(1), disabled: false },
    { id: id(2), disabled: true },
    { id: id(3), disabled: false },
  ]);
});

test('a deleted account whose e-mail belongs to another today comes back renamed', async () => {
  await usualRoles('plant', STAGE);
  await account(STAGE, { id: id(2), email: 'ana@x' });
  await account('plant', { id: id(3), email: 'ana@x' });
  const changes = await settle();
  const renamed = { id: id(2), email: `restored-${id(2)}-ana@x` };
  expect(changes.renamed).toEqual([renamed]);
  expect(await accounts()).toMatchObject([
    { ...renamed, disabled: true },
    { id: id(3), email: 'ana@x', disabled: false },
  ]);
});

test('roles are today’s in name and actions; those that come back give up a name that is taken, or looks like one', async () => {
  await usualRoles('plant', STAGE);
  await client.query(`UPDATE ${STAGE}.role SET actions = '{backup.delete}' WHERE id = $1`, [
    VIEWER,
  ]);
  await role(STAGE, id(911), 'Auditor', ['audit.view', 'backup.delete']);
  await role(STAGE, id(912), 'Planner', ['network.view']);
  await role(STAGE, id(914), 'Аdministrator', ['users.manage']);
  await role('plant', id(913), 'Auditor', ['audit.view']);
  await account('plant', { id: id(1), email: 'root@x' });
  const changes = await settle();
  expect(changes.roles).toEqual(['Auditor (00000911)', 'Planner', 'Аdministrator (00000914)']);
  expect(await rolesIn(STAGE)).toEqual([
    { name: 'Administrator', actions: ['users.manage', 'backup.restore'] },
    { name: 'Viewer', actions: ['network.view'] },
    { name: 'Auditor (00000911)', actions: ['audit.view', 'backup.delete'] },
    { name: 'Planner', actions: ['network.view'] },
    { name: 'Auditor', actions: ['audit.view'] },
    { name: 'Аdministrator (00000914)', actions: ['users.manage'] },
  ]);
});

test('a plant without accounts takes those of the backup as they were', async () => {
  await usualRoles('plant', STAGE);
  await client.query(`UPDATE ${STAGE}.role SET actions = '{backup.view}' WHERE id = $1`, [VIEWER]);
  await account(STAGE, { id: id(1), email: 'root@x' });
  await account(STAGE, { id: id(2), email: 'closed@x', disabled: true, roleId: VIEWER });
  const before = await accounts();
  await settle();
  expect(await accounts()).toEqual(before);
});
